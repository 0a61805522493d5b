import { Logger } from '@nestjs/common';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import { DelayedMessages, Outbox } from '../../../src/platform/outbox/index.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { FakeClock } from '../../../src/testing/index.js';
import {
  defineTopology,
  jsonCodec,
  record,
  SnsSqsClient,
  type SnsSqsRecord,
  type Topology,
} from '../../../src/transport/index.js';
import { brokerOf } from '../../../src/transport/broker/broker-of.js';
import type { DelayedMessage } from '../../../src/transport/client/delayed-message.js';
import { TestStack, unique } from '../../support/transport.js';
import { MortalClock, MortalStore } from './mortal.js';

const LEASE_MS = 30_000;
const HOUR_S = 3_600;

let stack: TestStack;
beforeAll(async () => {
  Logger.overrideLogger(false);
  stack = await TestStack.start();
});
afterAll(() => stack.stop());

const delayedByAnHour = (data: unknown) => record(data).withDelay(HOUR_S);

const emit = (client: SnsSqsClient, pattern: string, data: SnsSqsRecord): Promise<unknown> =>
  lastValueFrom(client.emit(pattern, data), { defaultValue: undefined });

describe('a client with a store of delayed messages', () => {
  const store = new SqliteStore();
  const clock = new FakeClock(Date.now());
  let queue: string;
  let topology: Topology;
  const clients: SnsSqsClient[] = [];

  beforeEach(() => {
    queue = unique('later');
    const fifo = `${queue}-ordered.fifo`;
    const topic = `${queue}-topic`;
    topology = defineTopology({
      topics: [{ name: topic }],
      queues: [
        { name: queue, patterns: ['direct.*'] },
        { name: fifo, patterns: ['ordered.*'] },
        { name: `${queue}-heard`, patterns: ['heard.*'], from: [{ topic }] },
      ],
      routes: [
        { patterns: ['direct.*'], queue },
        { patterns: ['ordered.*'], queue: fifo },
        { patterns: ['heard.*'], topic, codec: jsonCodec('heard.x') },
      ],
    });
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  afterAll(() => store.close());

  /** A process: its client, and the relay that sends what is due. */
  function start(): { client: SnsSqsClient; outbox: Outbox; delayed: DelayedMessages } {
    const time = { clock, monotonicMs: () => clock.now() };
    const outbox = new Outbox(store, { time, leaseMs: LEASE_MS });
    const delayed = new DelayedMessages(store, outbox);
    const client = new SnsSqsClient({
      topology,
      aws: stack.aws,
      provision: 'create',
      delays: delayed,
      clock,
    });
    clients.push(client);
    return { client, outbox, delayed };
  }

  it('sends nothing by a client that has closed: the message stays until another process sends it', async () => {
    const { client, outbox } = start();
    await emit(client, 'direct.run', delayedByAnHour({ n: 1 }).withId('after-close').build());
    await client.close();
    const looks = jest.spyOn(brokerOf(stack.aws).queues, 'urlOf');
    await clock.advance(HOUR_S * 1000);
    await outbox.flush();
    expect(looks.mock.calls).toEqual([]);
    looks.mockRestore();
    await clock.advance(HOUR_S * 1000);
    await start().outbox.flush();
    expect(await stack.take(queue)).toBeDefined();
  });

  it('sends a message when its delay of hours is over, from another process than the one that took it', async () => {
    const first = start();
    const message = record({ n: 1 })
      .withDelay(2 * HOUR_S)
      .withId('m1')
      .withAttributes({ tenant: 'acme', bytes: new Uint8Array([1, 2]) });
    await emit(first.client, 'direct.remind', message.build());
    await first.client.close();

    const second = start();
    await second.client.connect();
    await clock.advance((2 * HOUR_S - 1) * 1000);
    await second.outbox.flush();
    expect(await stack.depth(queue)).toEqual({ visible: 0, inFlight: 0 });
    await clock.advance(1000);
    await second.outbox.flush();
    const { Body = '', MessageAttributes } = await stack.take(queue);
    expect(JSON.parse(Body)).toMatchObject({ id: 'm1', pattern: 'direct.remind', data: { n: 1 } });
    expect(MessageAttributes).toMatchObject({
      tenant: { DataType: 'String', StringValue: 'acme' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
    });
    await second.outbox.flush();
    expect({ cancelled: await second.client.cancelDelayed('m1') }).toEqual({ cancelled: false });
  });

  it('delays messages to topics and FIFO queues for as little as a second, which AWS cannot', async () => {
    const { client, outbox } = start();
    await emit(client, 'heard.x', record({ n: 1 }).withDelay(1).build());
    await emit(client, 'ordered.x', record({ n: 2 }).withDelay(1).withGroup('g').build());
    await outbox.flush();
    expect(await stack.depth(`${queue}-heard`)).toEqual({ visible: 0, inFlight: 0 });
    await clock.advance(1000);
    await outbox.flush();
    expect((await stack.take(`${queue}-heard`)).Body).toBe('{"n":1}');
    expect((await stack.take(`${queue}-ordered.fifo`)).Body).toContain('{"n":2}');
  });

  it('takes a time of day, and sends at once what is due already', async () => {
    const { client, outbox } = start();
    await emit(
      client,
      'direct.a',
      record('later')
        .withDelay(new Date(clock.now() + 2 * HOUR_S * 1000))
        .build(),
    );
    await emit(
      client,
      'direct.b',
      record('now')
        .withDelay(new Date(clock.now() - 1))
        .build(),
    );
    expect((await stack.take(queue)).Body).toContain('"now"');
    await clock.advance(2 * HOUR_S * 1000);
    await outbox.flush();
    expect((await stack.take(queue)).Body).toContain('"later"');
  });

  it('leaves delays that SQS has itself to SQS', async () => {
    const { client } = start();
    await emit(client, 'direct.a', record(1).withDelay(900).withId('short').build());
    expect({ cancelled: await client.cancelDelayed('short') }).toEqual({ cancelled: false });
  });

  it('cancels a message by its id, whatever its pattern, once', async () => {
    const { client, outbox } = start();
    for (const pattern of ['direct.remind', 'direct.expire'])
      await emit(client, pattern, record({}).withDelay(HOUR_S).withId('invoice-1').build());
    await emit(
      client,
      'direct.remind',
      record('other').withDelay(HOUR_S).withId('invoice-2').build(),
    );
    expect({ cancelled: await client.cancelDelayed('invoice-1') }).toEqual({ cancelled: true });
    expect({ cancelled: await client.cancelDelayed('invoice-1') }).toEqual({ cancelled: false });
    await clock.advance(HOUR_S * 1000);
    await outbox.flush();
    expect((await stack.take(queue)).Body).toContain('other');
    expect(await stack.depth(queue)).toEqual({ visible: 0, inFlight: 1 });
  });

  it('takes the same message twice as one, and refuses another one of its id', async () => {
    const { client, outbox } = start();
    const message = (data: unknown): SnsSqsRecord =>
      record(data).withDelay(HOUR_S).withId('twice').build();
    await emit(client, 'direct.a', message('one'));
    await emit(client, 'direct.a', message('one'));
    await expect(emit(client, 'direct.a', message('two'))).rejects.toMatchObject({
      code: 'WEFT_INVALID_RECORD',
      message: expect.stringContaining('with the id twice is delayed already'),
    });
    await clock.advance(HOUR_S * 1000);
    await outbox.flush();
    expect((await stack.take(queue)).Body).toContain('one');
    expect(await stack.depth(queue)).toEqual({ visible: 0, inFlight: 1 });
  });

  it('refuses at once what it could not send or keep', async () => {
    const { client } = start();
    await expect(emit(client, 'nowhere.x', delayedByAnHour(1).build())).rejects.toMatchObject({
      code: 'WEFT_NO_ROUTE',
    });
    await expect(emit(client, 'ordered.x', delayedByAnHour(1).build())).rejects.toMatchObject({
      code: 'WEFT_INVALID_RECORD',
    });
    await expect(
      emit(client, 'heard.x', delayedByAnHour('x'.repeat(300_000)).build()),
    ).rejects.toMatchObject({ code: 'WEFT_MESSAGE_TOO_LARGE' });
    // Fits SQS, but not a document as JSON within JSON.
    await expect(
      emit(client, 'direct.x', delayedByAnHour('"'.repeat(500_000)).build()),
    ).rejects.toMatchObject({ code: 'WEFT_MESSAGE_TOO_LARGE' });
  });

  it('refuses a delayed request, whose answer would not be waited for', async () => {
    const { client } = start();
    const sent = lastValueFrom(client.send('direct.ask', record({}).withDelay(HOUR_S).build()));
    await expect(sent).rejects.toMatchObject({ code: 'WEFT_INVALID_RECORD' });
  });
});

const MESSAGE: DelayedMessage = { id: 'm1', pattern: 'p', body: '{}', attributes: {} };

describe('a process that ends at any call of the store while it keeps or sends a delayed message', () => {
  it('loses no message that it has taken, and leaves nothing of it', async () => {
    for (let call = 1; call <= 8; call++) {
      for (const done of [false, true]) {
        const store = new SqliteStore();
        const clock = new FakeClock(1_000_000);
        const sent: string[] = [];
        const start = () => {
          const mortal = new MortalStore(store);
          const time = {
            clock: new MortalClock(clock, () => mortal.isDead),
            monotonicMs: () => clock.now(),
          };
          const outbox = new Outbox(mortal, { time, leaseMs: LEASE_MS, maxStarts: 1000 });
          const delayed = new DelayedMessages(mortal, outbox);
          delayed.onDue(({ id }) => {
            sent.push(id);
            return Promise.resolve();
          });
          return { mortal, outbox, delayed };
        };
        const first = start();
        let taken = false;
        first.mortal.dieAfter(call, done);
        const life = (async () => {
          await first.delayed.keep(MESSAGE, new Date(clock.now() + 1000));
          taken = true;
          await clock.advance(1000);
          await first.outbox.flush();
        })();
        await Promise.race([life, first.mortal.died]);
        const second = start();
        for (let pass = 0; pass < 3; pass++) {
          await clock.advance(LEASE_MS);
          await second.outbox.flush();
        }
        expect({ call, done, lost: taken && sent.length === 0 }).toEqual({
          call,
          done,
          lost: false,
        });
        expect({ call, done, left: await second.delayed.cancel('m1') }).toEqual({
          call,
          done,
          left: false,
        });
        await store.close();
      }
    }
  });
});
