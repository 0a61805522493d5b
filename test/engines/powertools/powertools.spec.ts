import { Controller } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Payload } from '@nestjs/microservices';
import * as fc from 'fast-check';
import { lastValueFrom, toArray } from 'rxjs';
import { AwsClients } from '../../../src/aws/index.js';
import {
  createIdempotencyTable,
  DynamoDbIdempotencyStore,
  powertoolsHash,
  powertoolsKey,
} from '../../../src/transport/idempotency/index.js';
import { defineTopology, OnRequest, WorkInProgressError } from '../../../src/transport/index.js';
import type { IdempotencyOptions } from '../../../src/transport/idempotency/idempotency.options.js';
import { startService, TestStack, unique, type TestService } from '../../support/transport.js';
import { waitFor, waitForCount } from '../../support/wait.js';
import { addressOf, clientOptions, engineName } from '../engine.js';
import { PythonProgram } from '../python-program.js';

const TABLE = unique('shared');
const PREFIX = 'orders';
const PYTHON = { prefix: PREFIX };

// Queues are the embedded stack's: the table alone is shown here.
let stack: TestStack;
let aws: AwsClients;
let python: PythonProgram;
let service: TestService | undefined;

beforeAll(async () => {
  stack = await TestStack.start({ embedded: true });
  aws = new AwsClients(clientOptions());
  await createIdempotencyTable(aws.dynamodb, TABLE);
  const configuration = { endpoint: addressOf(engineName), table: TABLE };
  python = new PythonProgram('powertools/functions.py', configuration);
});
afterEach(async () => {
  await service?.close();
  service = undefined;
});
afterAll(async () => {
  await python.stop();
  aws.destroy();
  await stack.stop();
});

interface Order {
  readonly id: string;
  readonly amount?: number;
}

type Identify = NonNullable<IdempotencyOptions['identify']>;
const byOrder: Identify = ({ data }) => ({ key: powertoolsKey(PREFIX, (data as Order).id) });

const byOrderAndAmount: Identify = ({ data }) => {
  const { id, amount } = data as Order;
  return { key: powertoolsKey(PREFIX, id), validation: powertoolsHash(amount) };
};

/** A service that handles orders, once for each id, and notes those it has handled. */
async function ordersService(answer: (order: Order) => unknown, identify = byOrder) {
  const handled: Order[] = [];
  const failures: unknown[] = [];
  @Controller()
  class Orders {
    @OnRequest('order.place')
    place(@Payload() order: object): unknown {
      handled.push(order as Order);
      return answer(order as Order);
    }
  }
  const queue = unique('orders');
  service = await startService(stack, {
    topology: defineTopology({
      topics: [],
      queues: [{ name: queue, patterns: ['order.*'], visibilityTimeoutS: 3 }],
      routes: [{ patterns: ['order.*'], queue }],
    }),
    controllers: [Orders],
    server: {
      observer: { failed: ({ error }) => void failures.push(error) },
      idempotency: { store: new DynamoDbIdempotencyStore(aws.dynamodb, TABLE), identify },
    },
  });
  const { client } = service;
  const place = (order: Order): Promise<unknown[]> =>
    lastValueFrom(client.send<unknown>('order.place', order).pipe(toArray()));
  return { handled, failures, place };
}

const ANSWERS = [
  ['an object', { total: 7, text: 'ñ 😀' }],
  ['a list', [1, [2]]],
  ['a text', 'done'],
  ['null', null],
] as const;

describe('Powertools for Python: one idempotency table', () => {
  for (const [what, answer] of ANSWERS) {
    it(`what Weft has handled is not run again, and answered with ${what}`, async () => {
      const record = { id: unique('order') };
      const { place } = await ordersService(() => answer);
      expect(await place(record)).toEqual([answer]);
      const outcome = await python.ask({ do: 'call', record, ...PYTHON, answer: 'again' });
      expect(outcome).toEqual({ ran: false, answer });
    });

    it(`what Python has run is not handled again, and answered with ${what}`, async () => {
      const record = { id: unique('order') };
      const outcome = await python.ask({ do: 'call', record, ...PYTHON, answer });
      expect(outcome).toEqual({ ran: true, answer });
      const { handled, place } = await ordersService(() => 'again');
      expect(await place(record)).toEqual([answer]);
      expect(handled).toEqual([]);
    });
  }

  it('what Weft has handled without an answer is None to Python', async () => {
    const record = { id: unique('order') };
    const { place } = await ordersService(() => undefined);
    expect(await place(record)).toEqual([]);
    const outcome = await python.ask({ do: 'call', record, ...PYTHON, answer: 'again' });
    expect(outcome).toEqual({ ran: false, answer: null });
  });

  it('what Weft is handling is not run, until it is done', async () => {
    const record = { id: unique('order') };
    const { promise, resolve } = Promise.withResolvers<string>();
    const { handled, place } = await ordersService(() => promise);
    const placed = place(record);
    await waitForCount('handled messages', () => handled, 1);
    const refused = await python.ask({ do: 'call', record, ...PYTHON });
    expect(refused).toEqual({ ran: false, raised: 'IdempotencyAlreadyInProgressError' });
    resolve('done');
    await placed;
    const outcome = await python.ask({ do: 'call', record, ...PYTHON });
    expect(outcome).toEqual({ ran: false, answer: 'done' });
  });

  it('what Python is running is not handled, until it is done', async () => {
    const record = { id: unique('order') };
    // Its context says how long it can run at most.
    const holding = { do: 'hold', record, ...PYTHON, answer: 'from Python', remaining_ms: 3000 };
    expect(await python.ask(holding)).toEqual({ ran: true });
    const { handled, failures, place } = await ordersService(() => 'again');
    const placed = place(record);
    await waitForCount('failures', () => failures, 1);
    expect(failures[0]).toBeInstanceOf(WorkInProgressError);
    expect(await python.ask({ do: 'end' })).toEqual({ ran: true, answer: 'from Python' });
    expect(await placed).toEqual(['from Python']);
    expect(handled).toEqual([]);
  });

  it('what Python has not ended in its time is handled', async () => {
    const record = { id: unique('order') };
    await python.ask({ do: 'hold', record, ...PYTHON, remaining_ms: 500 });
    const { handled, place } = await ordersService(() => 'taken over');
    expect(await place(record)).toEqual(['taken over']);
    expect(handled).toEqual([record]);
    await python.ask({ do: 'end' });
  });

  it('what a process of Weft has not ended in its time is run', async () => {
    const id = unique('order');
    const nowMs = Date.now();
    // As the process leaves it that is killed in its handler.
    await new DynamoDbIdempotencyStore(aws.dynamodb, TABLE).reserve(
      {
        key: powertoolsKey(PREFIX, id),
        owner: 'killed',
        payloadHash: 'any',
        inProgressUntilMs: nowMs + 1000,
        expiresAtS: Math.ceil(nowMs / 1000) + 3600,
      },
      nowMs,
    );
    const call = { do: 'call', record: { id }, ...PYTHON, answer: 'taken over' };
    expect(await python.ask(call)).toMatchObject({ raised: 'IdempotencyAlreadyInProgressError' });
    const outcome = await waitFor('Python to run the call once the claim is over', async () => {
      const answer = await python.ask(call);
      return answer['ran'] === true ? answer : undefined;
    });
    expect(outcome).toEqual({ ran: true, answer: 'taken over' });
  });

  it('what has failed in Python is handled by Weft, and what has failed in Weft is run by Python', async () => {
    const [first, second] = [{ id: unique('order') }, { id: unique('order') }];
    await python.ask({ do: 'fail', record: first, ...PYTHON });
    const { handled, place } = await ordersService(({ id }) => {
      if (id === second.id) throw new Error('no');
      return 'done';
    });
    expect(await place(first)).toEqual(['done']);
    await expect(place(second)).rejects.toBeDefined();
    expect(handled).toEqual([first, second]);
    const outcome = await python.ask({ do: 'call', record: second, ...PYTHON, answer: 'run' });
    expect(outcome).toEqual({ ran: true, answer: 'run' });
  });

  it('work that the table no longer remembers is done again', async () => {
    const record = { id: unique('order') };
    await python.ask({ do: 'call', record, ...PYTHON, answer: 'first', expires_s: 1 });
    const { place } = await ordersService(() => 'again');
    expect(
      await waitFor('the record to expire and the handler to run again', async () => {
        const [answer] = await place(record);
        return answer === 'again' && answer;
      }),
    ).toBe('again');
  });

  it('both refuse other contents under the same key', async () => {
    const validating = { ...PYTHON, validate: 'amount' };
    const { place, handled } = await ordersService(() => 'done', byOrderAndAmount);
    const [mine, theirs] = [
      { id: unique('order'), amount: 1 },
      { id: unique('order'), amount: 1 },
    ];
    await place(mine);
    expect(await python.ask({ do: 'call', record: mine, ...validating })).toMatchObject({
      ran: false,
      answer: 'done',
    });
    const changed = { ...mine, amount: 2 };
    expect(await python.ask({ do: 'call', record: changed, ...validating })).toEqual({
      ran: false,
      raised: 'IdempotencyValidationError',
    });
    await python.ask({ do: 'call', record: theirs, ...validating, answer: 'theirs' });
    expect(await place(theirs)).toEqual(['theirs']);
    await expect(place({ ...theirs, amount: 2 })).rejects.toMatchObject({
      message: 'A message with the same id and another body was handled before',
    });
    expect(handled).toEqual([mine]);
  });

  it('both give the same values the same hash', async () => {
    const whole = fc.maxSafeInteger();
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(whole, text, fc.boolean(), fc.constant(null), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    }));
    const values = fc.sample(value, 300);
    for (const hash_function of ['md5', 'sha256'] as const) {
      const { hashes } = await python.ask({ do: 'hashes', values, hash_function });
      expect(values.map((one) => powertoolsHash(one, hash_function))).toEqual(hashes);
    }
  });
});
