import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnEvent, OnRequest, SnsSqsContext } from 'nestjs-sns-sqs';
import { Billing } from './billing.js';
import { OrderPlaced, TotalQuery } from './order.messages.js';

@Controller()
export class OrdersController {
  constructor(private readonly billing: Billing) {}

  /** When it returns, the message is deleted. When it throws, the message is redelivered or dead-lettered. */
  @OnEvent('order.placed')
  async placed(@Payload() order: OrderPlaced, @Ctx() { signal }: SnsSqsContext): Promise<void> {
    await this.billing.bill(order, signal);
  }

  @OnRequest('order.total')
  total(@Payload() { customer }: TotalQuery): number {
    return this.billing.total(customer);
  }
}
