import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { EmbeddedAws } from 'weft/embedded';
import { connectSnsSqs, SnsSqsServer } from 'weft/transport';
import { Billing } from './billing.js';
import { Checkout } from './checkout.js';
import type { OrderPlaced } from './order.messages.js';
import { OrdersModule } from './orders.module.js';

describe('the orders service', () => {
  const billed = Promise.withResolvers<OrderPlaced>();
  let embedded: EmbeddedAws;
  let app: INestApplication;

  beforeAll(async () => {
    embedded = await EmbeddedAws.start(); // in memory, on a free port
    const module = await Test.createTestingModule({
      imports: [OrdersModule.forRoot(embedded.clientOptions())],
    })
      .overrideProvider(Billing)
      .useValue({ bill: billed.resolve })
      .compile();
    app = module.createNestApplication();
    connectSnsSqs(app, app.get(SnsSqsServer));
    await app.init();
    await app.startAllMicroservices();
  });
  afterAll(() => app.close().then(() => embedded.stop()));

  it('bills an order that was placed', async () => {
    const order = { id: 'o-1', customer: 'Ada', amount: 1200 };
    await app.get(Checkout).place(order);
    await expect(billed.promise).resolves.toEqual(order);
  });
});
