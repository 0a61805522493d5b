import { Module, type DynamicModule } from '@nestjs/common';
import { ClientsModule } from '@nestjs/microservices';
import {
  drainOnShutdown,
  SnsSqsClient,
  SnsSqsServer,
  type AwsClientsOptions,
} from 'nestjs-sns-sqs';
import { Billing } from './billing.js';
import { Checkout } from './checkout.js';
import { OrdersController } from './orders.controller.js';
import { topology } from './orders.topology.js';

@Module({})
export class OrdersModule {
  /** @param aws on AWS `{ region: 'eu-central-1' }`; credentials are found as the SDK finds them. */
  static forRoot(aws: AwsClientsOptions): DynamicModule {
    const options = { topology, aws, provision: 'create' } as const;
    return {
      module: OrdersModule,
      imports: [ClientsModule.register([{ name: 'ORDERS', customClass: SnsSqsClient, options }])],
      controllers: [OrdersController],
      providers: [
        Billing,
        Checkout,
        // Closing waits for the open long poll: 20 s by default, one here.
        { provide: SnsSqsServer, useValue: new SnsSqsServer({ ...options, waitTimeS: 1 }) },
        drainOnShutdown(SnsSqsServer),
      ],
    };
  }
}
