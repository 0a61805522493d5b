import { Injectable } from '@nestjs/common';
import { PermanentError } from 'nestjs-sns-sqs';
import type { OrderPlaced } from './order.messages.js';

/** The logic. All it knows about queues is which failures must not be retried. */
@Injectable()
export class Billing {
  // By id: delivery is at least once, so an order may be delivered twice but must count once.
  readonly #orders = new Map<string, OrderPlaced>();

  async bill(order: OrderPlaced, signal: AbortSignal): Promise<void> {
    if (order.customer === 'nobody') throw new PermanentError(`Order ${order.id} has no customer`);
    signal.throwIfAborted();
    this.#orders.set(order.id, order);
    console.log(`billed ${order.id}: ${order.amount} cents to ${order.customer}`);
  }

  total(customer: string): number {
    const own = [...this.#orders.values()].filter((order) => order.customer === customer);
    return own.reduce((sum, { amount }) => sum + amount, 0);
  }
}
