import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
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
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  defineTopology,
  SnsSqsClient,
  type SnsSqsClientOptions,
} from '../../../src/transport/index.js';
import { FakeClock, MessageSpy } from '../../../src/testing/index.js';
import { brokerOf } from '../../../src/transport/broker/broker-of.js';
import type { Broker, BrokerQueues } from '../../../src/transport/broker/broker.js';
import { startBriskStack } from '../../support/brisk-stack.js';
import { emit, TestStack, unique } from '../../support/transport.js';
import { waitFor, waitForCount } from '../../support/wait.js';

let stack: TestStack;
beforeAll(async () => {
  stack = await startBriskStack();
});
afterAll(() => stack.stop());

const clients: SnsSqsClient[] = [];
let logged: ReturnType<typeof spy>;
const spy = () => jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
beforeEach(() => {
  logged = spy();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  logged.mockRestore();
});

function open(options: Partial<SnsSqsClientOptions> = {}) {
  const queue = unique('jobs');
  const client = new SnsSqsClient({
    topology: defineTopology({
      queues: [{ name: queue, patterns: ['job.*'], deadLetter: false }],
      routes: [{ patterns: ['job.*'], queue }],
    }),
    aws: stack.aws,
    provision: 'create',
    ...options,
  });
  clients.push(client);
  return { client, queue };
}

describe('an event that cannot be sent', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;

  it.each([
    ['a bigint', 'job.run', { id: 10n }],
    ['a circular value', 'job.run', circular],
    ['a body over the limit', 'job.run', 'x'.repeat(1_100_000)],
    ['a pattern without a route', 'nowhere.run', {}],
    ['no data at all', 'job.run', undefined],
  ])('is logged where nothing has subscribed: %s', async (_what, pattern, data) => {
    open().client.emit(pattern, data);
    await waitFor('a line in the log', () => logged.mock.calls.length > 0);
    expect(logged.mock.calls).toEqual([
      [
        expect.stringContaining('Event not sent, and the result of emit() has no subscriber'),
        expect.objectContaining({ pattern }),
      ],
    ]);
  });

  it('is reported to the subscriber alone, where there is one', async () => {
    await expect(emit(open().client, 'nowhere.run', {})).rejects.toThrow('No route is declared');
    await nextTurn();
    expect(logged).not.toHaveBeenCalled();
  });

  it('is logged once, however often it happens', async () => {
    const { client } = open();
    await client.connect();
    for (let n = 0; n < 1000; n += 1) client.emit('nowhere.run', { n });
    await client.flush();
    await nextTurn();
    expect(logged).toHaveBeenCalledTimes(1);
  });
});

describe('a loop that awaits none of its events', () => {
  const EVENTS = 1000;

  it('is refused beyond the bound on their number, which leaves one line with how many it were', async () => {
    const { client } = open({ maxWaitingMessages: 10 });
    await client.connect();
    for (let n = 0; n < EVENTS; n += 1) client.emit('job.run', { n });
    await client.flush();
    await nextTurn();
    expect(logged).toHaveBeenCalledTimes(1);
    expect(logged).toHaveBeenCalledWith(
      expect.stringContaining('wait to be sent already'),
      // Ten are being sent, and a hundred wait for them.
      expect.objectContaining({ code: 'WEFT_SEND_BUFFER_FULL', count: EVENTS - 110 }),
    );
  });

  it('is refused beyond the bound on their bytes, before anything is made of them', async () => {
    const { client } = open({ maxWaitingBytes: 10_000 });
    await client.connect();
    const refused = logged.mock.calls;
    let read = 0;
    const event = { toJSON: () => ((read += 1), 'x'.repeat(1000)) };
    for (let n = 0; n < EVENTS; n += 1) client.emit('job.run', event);
    await client.flush();
    await nextTurn();
    // One is read in vain; then it is known that there is no room.
    expect(read).toBeLessThan(25);
    const counts = refused.map(([, { count }]) => count);
    expect(counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(EVENTS - read + 1);
  });

  it('tells those of them that somebody subscribes to, and no line is left', async () => {
    const { client } = open({ maxWaitingMessages: 1 });
    await client.connect();
    const sent = Array.from({ length: 20 }, (_, n) => emit(client, 'job.run', { n }));
    const told = await Promise.allSettled(sent);
    await nextTurn();
    expect(told.filter(({ status }) => status === 'rejected')).toHaveLength(9);
    expect(logged).not.toHaveBeenCalled();
  });

  it('has each event written as it is when it is emitted', async () => {
    const { client, queue } = open();
    await client.connect();
    const event = { n: 1 };
    client.emit('job.run', event);
    event.n = 2;
    await client.flush();
    const receive = new ReceiveMessageCommand({ QueueUrl: await stack.queueUrl(queue) });
    const { Messages: [message] = [] } = await stack.aws.sqs.send(receive);
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({ data: { n: 1 } });
  });
});

const neverAnswers = () => new Promise<void>(() => undefined);

describe('a client', () => {
  it('says by its status whether it is connected', async () => {
    const { client } = open();
    const states: string[] = [];
    client.status.subscribe((state) => states.push(state));
    await client.connect();
    await client.close();
    expect(states).toEqual(['connected', 'disconnected']);
  });

  it('is disconnected while its topology is missing', async () => {
    const { client } = open({ provision: 'off' });
    const states: string[] = [];
    client.status.subscribe((state) => states.push(state));
    await expect(client.connect()).rejects.toThrow('does not exist');
    expect(states).toEqual(['disconnected']);
  });

  it('warns on close when its reply queue cannot be deleted in time', async () => {
    const broker = brokerOf(stack.aws);
    const { region, openQueue, send, topics } = broker;
    const queues: BrokerQueues = {
      urlOf: (name) => broker.queues.urlOf(name),
      attributesOf: (url, names) => broker.queues.attributesOf(url, names),
      create: (name, attributes, tags) => broker.queues.create(name, attributes, tags),
      setAttributes: (url, attributes) => broker.queues.setAttributes(url, attributes),
      tagsOf: (url) => broker.queues.tagsOf(url),
      tag: (url, tags) => broker.queues.tag(url, tags),
      list: (prefix, max) => broker.queues.list(prefix, max),
      delete: neverAnswers,
    };
    const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const [clock, observer] = [new FakeClock(), new MessageSpy()];
    const { client } = open({
      aws: { region, openQueue, send, topics, queues },
      clock,
      observer,
      requestTimeoutMs: 50,
      closeTimeoutMs: 0,
    });
    const answer = lastValueFrom(client.send('job.run', { n: 1 })).catch((error: unknown) => error);
    // The reply queue is made by then.
    await observer.waitFor('job.run', 'sent');
    await clock.advance(50);
    expect(String(await answer)).toContain('No answer came');
    await client.close();
    expect(warned.mock.calls).toEqual([
      [expect.stringContaining('Reply queue not deleted'), { closeTimeoutMs: 0 }],
    ]);
    warned.mockRestore();
  });

  it('begins no call after it has closed: what waits fails, and a call that is cut then is not repeated', async () => {
    const { region, openQueue, topics, queues } = brokerOf(stack.aws);
    const cut: ((error: Error) => void)[] = [];
    const send: Broker['send'] = () => new Promise((_resolve, reject) => cut.push(reject));
    const aws = { region, openQueue, send, topics, queues };
    const { client } = open({ aws, closeTimeoutMs: 0 });
    await client.connect();
    // Eight calls of ten entries are made at once.
    const sent = Array.from({ length: 85 }, (_, n) => emit(client, 'job.run', { n }));
    const outcomes = Promise.allSettled(sent);
    await waitForCount('calls', () => cut, 8);
    await client.close();
    const lost = Object.assign(new Error('The connection was lost'), { code: 'ECONNRESET' });
    for (const reject of cut) reject(lost);
    const reasons = (await outcomes).map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as Error) : undefined,
    );
    expect(new Set(reasons.slice(0, 80))).toEqual(new Set([lost]));
    expect(reasons.slice(80)).toEqual(
      Array.from({ length: 5 }, () =>
        expect.objectContaining({ code: 'WEFT_CLIENT_CLOSED', retryable: true }),
      ),
    );
    expect(cut).toHaveLength(8);
  });

  it('says what takes the place of events of a broker', () => {
    expect(() => open().client.on()).toThrow('Subscribe to `status`');
  });

  it('sends what a dispatch hook attaches as attributes, which a record’s own overrule', async () => {
    const { client, queue } = open();
    client.setOnDispatchHook((packet) => {
      packet.metadata = { tenant: 'acme', 'x-trace': 't-1' };
    });
    await lastValueFrom(client.emit('job.run', { n: 1 }), { defaultValue: undefined });
    expect((await stack.take(queue)).MessageAttributes).toMatchObject({
      tenant: { DataType: 'String', StringValue: 'acme' },
      'x-trace': { StringValue: 't-1' },
    });
  });
});
