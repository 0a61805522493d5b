import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { connectSnsSqs, DEAD_LETTER_REASON } from 'nestjs-sns-sqs';
import { startTestBroker, type TestBroker } from 'nestjs-sns-sqs/testing';
import { Billing } from './billing.js';
import { Checkout } from './checkout.js';
import type { OrderPlaced } from './order.messages.js';
import { OrdersModule } from './orders.module.js';

const billed = Promise.withResolvers<OrderPlaced>();
let broker: TestBroker;
let app: INestApplication;

beforeAll(async () => {
  broker = await startTestBroker(); // in the memory of this process
  const imports = [OrdersModule.forRoot(broker.clientOptions())];
  const testing = Test.createTestingModule({ imports }).overrideProvider(Billing);
  const module = await testing.useValue({ bill: billed.resolve }).compile();
  app = module.createNestApplication({ logger: false });
  connectSnsSqs(app);
  await app.init();
  await app.startAllMicroservices();
});
afterAll(() => app.close().then(() => broker.stop()));

it('an order that was placed is billed', async () => {
  const order = { id: 'o-1', customer: 'Ada', amount: 1200 };
  await app.get(Checkout).place(order);
  await expect(billed.promise).resolves.toEqual(order);
});

it('an order without an amount goes to the dead-letter queue', async () => {
  await broker.put('billing', '{"id":"o-2","customer":"Ada"}', { pattern: 'order.placed' });
  const { MessageAttributes: attributes } = await broker.take('billing-dlq');
  expect(attributes?.[DEAD_LETTER_REASON]?.StringValue).toContain('amount');
});
