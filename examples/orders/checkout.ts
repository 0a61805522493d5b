import { Inject, Injectable } from '@nestjs/common';
import type { ClientProxy } from '@nestjs/microservices';
import { SnsSqsClient } from 'nestjs-sns-sqs';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import type { OrderPlaced } from './order.messages.js';

@Injectable()
export class Checkout {
  constructor(@Inject(SnsSqsClient) private readonly orders: ClientProxy) {}

  /** Resolves when SNS has taken the event; rejects when it has not. */
  async place(order: OrderPlaced): Promise<void> {
    await lastValueFrom(this.orders.emit('order.placed', order));
  }

  /** Resolves with the handler's answer, rejects with its error or a RequestTimeoutError. */
  total(customer: string): Promise<number> {
    return firstValueFrom(this.orders.send<number>('order.total', { customer }));
  }
}
