import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Controller, Logger } from '@nestjs/common';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Ctx, Payload } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import {
  commandCodec,
  DEAD_LETTER_REASON,
  defineTopology,
  OnEvent,
  OnRequest,
  record,
  SnsSqsContext,
  SnsSqsClient,
  type Topology,
} from '../../../src/transport/index.js';
import { emit, countCalls, unique, type TestService } from '../../support/transport.js';
import { waitForCount } from '../../support/wait.js';
import { Bench } from '../../support/bench.js';

const bench = new Bench();
let service: TestService;
let topic: string;
let queue: string;
let bucket: string;
let topology: Topology;
const received: { data: unknown; attributes: Record<string, string> }[] = [];

const unheard: boolean[] = [];

@Controller()
class Receiver {
  @OnEvent('order.placed')
  placed(@Payload() data: object, @Ctx() context: SnsSqsContext): void {
    received.push({ data, attributes: Object.fromEntries(context.attributes) });
  }

  @OnRequest('order.echo')
  echo(@Payload() data: object): object {
    return data;
  }

  @OnRequest('direct.unheard')
  unheard(): Promise<never> {
    unheard.push(true);
    return new Promise(() => undefined);
  }

  @OnRequest('storage.put_object')
  command(@Payload() command: object): object {
    return command;
  }
}

beforeAll(async () => {
  bucket = unique('payloads');
  await bench.stack.aws.s3.send(new CreateBucketCommand({ Bucket: bucket }));
});
async function start(payloadBucket?: string): Promise<void> {
  [topic, queue] = [unique('orders'), unique('billing')];
  const commands = unique('commands');
  const payloads = payloadBucket === undefined ? {} : { payloadBucket };
  topology = defineTopology({
    topics: [{ name: topic }, { name: commands }],
    queues: [
      { name: queue, patterns: ['order.*'], from: [{ topic }] },
      {
        name: `${queue}-commands`,
        patterns: ['storage.*'],
        from: [{ topic: commands, raw: false }],
        codec: commandCodec,
      },
      { name: `${queue}-direct`, patterns: ['direct.*'] },
    ],
    routes: [
      { patterns: ['order.*'], topic },
      { patterns: ['storage.*'], topic: commands, codec: commandCodec },
      { patterns: ['direct.*'], queue: `${queue}-direct` },
    ],
  });
  service = await bench.start({
    controllers: [Receiver],
    topology,
    server: { ...payloads, drainTimeoutMs: 200 },
    client: payloads,
  });
}

afterEach(() => {
  received.splice(0);
  unheard.splice(0);
});

describe('sending', () => {
  beforeEach(() => start());

  it('emit sends without being subscribed to, send only when it is', async () => {
    service.client.emit('order.placed', { hot: true });
    const cold = service.client.send('order.echo', { cold: true });
    await waitForCount('received messages', () => received, 1);
    expect(received[0]?.data).toEqual({ hot: true });
    expect(await firstValueFrom(cold)).toEqual({ cold: true });
  });

  it('emit gives one undefined value when AWS has the event, as the clients of Nest do', async () => {
    const values: unknown[] = [];
    await service.client.emit('order.placed', {}).forEach((value) => values.push(value));
    expect(values).toEqual([undefined]);
  });

  it('an attribute of the transport is not overwritten: the record is refused, naming it', async () => {
    const data = record({}).withAttributes({ pattern: 'order.paid' }).build();
    await expect(emit(service.client, 'order.placed', data)).rejects.toMatchObject({
      code: 'WEFT_INVALID_RECORD',
      message: expect.stringContaining('The attribute pattern is written by the transport'),
    });
  });

  it('a pattern without a route is refused, naming it', async () => {
    await expect(emit(service.client, 'invoice.sent', {})).rejects.toMatchObject({
      code: 'WEFT_NO_ROUTE',
      message: expect.stringContaining('invoice.sent'),
    });
  });

  it('a delay is refused for a topic', async () => {
    await expect(
      emit(service.client, 'order.placed', record({}).withDelay(1).build()),
    ).rejects.toMatchObject({
      code: 'WEFT_INVALID_RECORD',
    });
  });

  it('a delay over 900 s is refused without a store that would keep the message, naming the remedy', async () => {
    for (const delay of [901, new Date(Date.now() + 3_600_000)]) {
      await expect(
        emit(service.client, 'direct.later', record({}).withDelay(delay).build()),
      ).rejects.toMatchObject({
        code: 'WEFT_INVALID_RECORD',
        message: expect.stringContaining('its option `delays`'),
      });
    }
    expect(() => service.client.cancelDelayed('x')).toThrow('its option `delays`');
  });

  it('a message over the limit is refused when there is no payload bucket', async () => {
    await expect(
      emit(service.client, 'order.placed', { text: 'x'.repeat(300_000) }),
    ).rejects.toMatchObject({
      code: 'WEFT_MESSAGE_TOO_LARGE',
    });
    await emit(service.client, 'order.placed', { next: true });
    await waitForCount('received messages', () => received, 1);
  });

  it('a Command keeps its JSON and its attributes, and its request is answered', async () => {
    const command = {
      type: 'storage',
      action: 'put_object',
      payload: { a: 1 },
      correlation_id: 'c-1',
    };
    expect(await firstValueFrom(service.client.send('storage.put_object', command))).toEqual(
      command,
    );
  });

  it('after close nothing is sent, and what waits for an answer fails', async () => {
    const outcome = firstValueFrom(service.client.send('direct.unheard', {})).catch(
      (error: unknown) => error,
    );
    await waitForCount('requests that are not answered', () => unheard, 1);
    await service.client.close();
    expect(await outcome).toMatchObject({ code: 'WEFT_CLIENT_CLOSED' });
    await expect(emit(service.client, 'order.placed', {})).rejects.toMatchObject({
      code: 'WEFT_CLIENT_CLOSED',
    });
  });
});

describe('a client that closes', () => {
  beforeEach(() => start());

  it('sends what was emitted before, also when no caller awaits it and capacity is scarce', async () => {
    const client = new SnsSqsClient({
      topology,
      aws: bench.stack.aws,
      maxWaitingMessages: 2,
      maxWaitingBytes: 30_000,
    });
    for (let n = 0; n < 20; n += 1) client.emit('order.placed', { n });
    await client.close();
    await waitForCount('received messages', () => received, 20);
    expect(received.map(({ data }) => (data as { n: number }).n).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });

  it('refuses what a loop emits beyond the bound before it makes anything of it, and sends the rest', async () => {
    const client = new SnsSqsClient({ topology, aws: bench.stack.aws, maxWaitingMessages: 1 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => emit(client, 'order.placed', { n })),
    );
    await client.close();
    await waitForCount('received messages', () => received, 11);
    const codes = outcomes.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as unknown] : [],
    );
    expect(codes).toHaveLength(9);
    expect(codes[0]).toMatchObject({ code: 'WEFT_SEND_BUFFER_FULL', details: { messages: 11 } });
  });

  it('gives up in time what AWS does not take, and says how much', async () => {
    const sockets: Socket[] = [];
    const deaf = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const { port } = deaf.address() as AddressInfo;
    const errors: unknown[] = [];
    Logger.overrideLogger({
      log: () => undefined,
      warn: () => undefined,
      error: (text: unknown, fields: unknown) => void errors.push([text, fields]),
    });

    const aws = { ...bench.stack.clientOptions(), endpoint: `http://127.0.0.1:${port}` };
    const client = new SnsSqsClient({ topology, aws, closeTimeoutMs: 50 });
    client.emit('order.placed', {});
    await client.close();
    Logger.overrideLogger(false);
    sockets.forEach((socket) => socket.destroy());
    deaf.close();
    expect(errors).toEqual([
      [
        'Messages not sent: AWS did not accept them before the end of closeTimeoutMs',
        { messages: 1, closeTimeoutMs: 50 },
      ],
    ]);
  });
});

describe('claim-check', () => {
  beforeEach(() => start(bucket));

  it('a large request is answered by a large answer', async () => {
    const data = { text: 'x'.repeat(1_500_000) };
    expect(await firstValueFrom(service.client.send('order.echo', data))).toEqual(data);
  });

  it.each([
    'software.amazon.payloadoffloading.PayloadS3Pointer',
    'com.amazon.sqs.javamessaging.MessageS3Pointer',
  ])('a body that another client offloaded to S3 (%s) is read', async (name) => {
    const key = unique('body');
    await bench.stack.aws.s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: '{"from":"java"}' }),
    );
    await bench.stack.put(queue, JSON.stringify([name, { s3BucketName: bucket, s3Key: key }]), {
      pattern: 'order.placed',
    });
    await waitForCount('received messages', () => received, 1);
    expect(received[0]?.data).toEqual({ from: 'java' });
  });

  it.each([
    ['an object that is gone', (own: string) => own, 'no longer in the payload bucket'],
    ['another bucket', () => 'somebody-elses', 'a bucket other than'],
  ])('a pointer to %s is dead-lettered', async (_what, bucketOf, reason) => {
    const pointer = { s3BucketName: bucketOf(bucket), s3Key: unique('nothing') };
    await bench.stack.put(
      queue,
      JSON.stringify(['software.amazon.payloadoffloading.PayloadS3Pointer', pointer]),
      {},
    );
    const { MessageAttributes: attributes } = await bench.stack.take(`${queue}-dlq`);
    expect(attributes?.[DEAD_LETTER_REASON]?.StringValue).toContain(reason);
  });

  it('the object is left to a lifecycle rule', async () => {
    const calls = countCalls(bench.stack.aws.s3);
    await emit(service.client, 'order.placed', { text: 'x'.repeat(300_000) });
    await waitForCount('received messages', () => received, 1);
    await bench.stack.emptied(queue);
    expect(calls.ended()).toEqual(['PutObjectCommand', 'GetObjectCommand']);
  });
});
