import { Module, type DynamicModule } from '@nestjs/common';
import { SnsSqsModule, type AwsClientsOptions } from 'nestjs-sns-sqs';
import { Billing } from './billing.js';
import { Checkout } from './checkout.js';
import { OrdersController } from './orders.controller.js';
import { topology } from './orders.topology.js';

@Module({})
export class OrdersModule {
  /** @param aws on AWS `{ region: 'eu-central-1' }`; the SDK finds the credentials. */
  static forRoot(aws: AwsClientsOptions): DynamicModule {
    // Closing waits for the open long poll: 20 s by default, one here.
    const server = { waitTimeS: 1 };
    return {
      module: OrdersModule,
      imports: [SnsSqsModule.forRoot({ topology, aws, provision: 'create', server })],
      controllers: [OrdersController],
      providers: [Billing, Checkout],
    };
  }
}
