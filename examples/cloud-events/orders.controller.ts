import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, SnsSqsContext } from 'nestjs-sns-sqs';

@Controller()
export class OrdersController {
  readonly first = Promise.withResolvers<void>();

  @OnEvent('com.shop.order.placed') // the event's type
  placed(@Payload() order: Record<'customer', string>, @Ctx() { header }: SnsSqsContext): void {
    const { source, subject } = header; // written by the sender
    console.log(`${String(source)} says of ${String(subject)}: ${order.customer} has ordered`);
    this.first.resolve();
  }
}
