import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { describe, expect, it } from '@jest/globals';
import { IsInt } from 'class-validator';
import { firstValueFrom } from 'rxjs';
import * as v from 'valibot';
import { z } from 'zod';
import {
  DEAD_LETTER_REASON,
  defineTopology,
  OnBatch,
  OnEvent,
  OnRequest,
} from '../../../src/transport/index.js';
import { Bench } from '../../support/bench.js';
import { emit, unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

class Paid {
  @IsInt()
  cents = 0;
}

const bench = new Bench();

const heard: unknown[] = [];

@Controller()
class Schemas {
  @OnEvent('order.placed', { schema: z.object({ id: z.string(), at: z.coerce.date() }) })
  placed(@Payload() order: unknown): void {
    heard.push(order);
  }

  @OnEvent('order.paid', { schema: Paid })
  paid(@Payload() paid: unknown): void {
    heard.push(paid);
  }

  @OnRequest('order.total', { schema: v.object({ id: v.string() }) })
  total(@Payload() query: { id: string }): string {
    return Object.keys(query).join();
  }

  @OnBatch('order.sent', { schema: v.object({ id: v.string() }) })
  sent(@Payload() orders: unknown[]): void {
    heard.push(...orders);
  }
}

describe('a handler with a schema', () => {
  it('gets what the schema makes of a payload, and never sees one that does not fit', async () => {
    const queue = unique('orders');
    const patterns = ['order.*'];
    const service = await bench.start({
      topology: defineTopology({
        queues: [{ name: queue, patterns }],
        routes: [{ patterns, queue }],
      }),
      controllers: [Schemas],
    });
    const { client } = service;
    await emit(client, 'order.placed', { id: 'o-1', at: '2026-11-26T10:00:00Z', more: 1 });
    await waitFor('the event by zod', () => heard, { until: ({ length }) => length === 1 });
    await emit(client, 'order.paid', { cents: 5, more: 1 });
    await waitFor('the event by a class', () => heard, { until: ({ length }) => length === 2 });
    await emit(client, 'order.sent', { id: 'o-2', more: 1 });
    await waitFor('the batch by valibot', () => heard, { until: ({ length }) => length === 3 });
    expect(heard).toEqual([
      { id: 'o-1', at: new Date('2026-11-26T10:00:00Z') },
      Object.assign(new Paid(), { cents: 5 }),
      { id: 'o-2' },
    ]);
    expect(await firstValueFrom(client.send('order.total', { id: 'o-1', more: 1 }))).toBe('id');
    await expect(firstValueFrom(client.send('order.total', {}))).rejects.toMatchObject({
      message: 'Internal server error',
    });
    for (const pattern of ['order.placed', 'order.paid', 'order.sent']) {
      await emit(client, pattern, { id: 7, cents: 'x' });
      const dead = await bench.stack.take(`${queue}-dlq`);
      expect(dead.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue).toContain('does not fit');
    }
    expect(heard).toHaveLength(3);
  });
});
