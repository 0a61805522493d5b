import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Controller, Logger } from '@nestjs/common';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
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
import {
  emit,
  countCalls,
  startService,
  TestStack,
  unique,
  type TestService,
} from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

let stack: TestStack;
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
  stack = await TestStack.start({ embedded: true });
  bucket = unique('payloads');
  await stack.aws.s3.send(new CreateBucketCommand({ Bucket: bucket }));
});
afterAll(() => stack.stop());

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
  service = await startService(stack, {
    controllers: [Receiver],
    topology,
    server: { ...payloads, drainTimeoutMs: 200 },
    client: payloads,
  });
}

afterEach(async () => {
  await service.close();
  received.splice(0);
});

describe('sending', () => {
  beforeEach(() => start());

  it('calls made together go out in batches of ten, and each is settled', async () => {
    await emit(service.client, 'order.placed', { n: -1 });
    const calls = countCalls(stack.aws.sns);
    await Promise.all(
      Array.from({ length: 25 }, (_, n) => emit(service.client, 'order.placed', { n })),
    );
    expect(calls.ended().filter((name) => name === 'PublishBatchCommand')).toHaveLength(3);
    await waitFor(() => received.length === 26);
  });

  it('emit sends without being subscribed to, send only when it is', async () => {
    service.client.emit('order.placed', { hot: true });
    const cold = service.client.send('order.echo', { cold: true });
    await waitFor(() => received.length === 1);
    expect(received[0]?.data).toEqual({ hot: true });
    expect(await firstValueFrom(cold)).toEqual({ cold: true });
  });

  it('attributes carry the pattern in plain text, and those of the record with their types', async () => {
    const data = record({ id: 1 })
      .withAttributes({ tenant: 'acme', weight: 2.5, tags: ['a', 'b'] })
      .build();
    await emit(service.client, 'order.placed', data);
    await waitFor(() => received.length === 1);
    expect(received[0]).toEqual({
      data: { id: 1 },
      attributes: { pattern: 'order.placed', tenant: 'acme', weight: '2.5', tags: '["a","b"]' },
    });
  });

  it('the eleventh attribute is refused with a clear error, and nothing is sent', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`a${n}`, 'x']));
    await expect(
      emit(service.client, 'order.placed', record({}).withAttributes(attributes).build()),
    ).rejects.toMatchObject({
      code: 'WEFT_INVALID_RECORD',
      message: expect.stringContaining('at most 10 attributes, this one has 11'),
    });
    expect(await stack.depth(queue)).toEqual({ visible: 0, inFlight: 0 });
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

  it('a delay is kept by a queue, and refused for a topic', async () => {
    await emit(service.client, 'direct.later', record({}).withDelay(900).build());
    expect(await stack.depth(`${queue}-direct`)).toEqual({ visible: 0, inFlight: 0 });
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
    await waitFor(() => received.length === 1);
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
    await waitFor(
      async () => (await stack.depth(`${queue}-direct`)).inFlight > 0 || unheard.length > 0,
    );
    await service.client.close();
    expect(await outcome).toMatchObject({ code: 'WEFT_CLIENT_CLOSED' });
    await expect(emit(service.client, 'order.placed', {})).rejects.toMatchObject({
      code: 'WEFT_CLIENT_CLOSED',
    });
  });
});

describe('a client that closes', () => {
  beforeEach(() => start());

  it('sends what was emitted before, also when nobody waits for it and room is scarce', async () => {
    const client = new SnsSqsClient({
      topology,
      aws: stack.aws,
      maxWaitingMessages: 2,
      maxWaitingBytes: 30_000,
    });
    for (let n = 0; n < 20; n += 1) client.emit('order.placed', { n });
    await client.close();
    await waitFor(() => received.length === 20);
    expect(received.map(({ data }) => (data as { n: number }).n).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });

  it('refuses what a loop emits beyond the bound before it makes anything of it, and sends the rest', async () => {
    const client = new SnsSqsClient({ topology, aws: stack.aws, maxWaitingMessages: 1 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => emit(client, 'order.placed', { n })),
    );
    await client.close();
    await waitFor(() => received.length === 11);
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
      error: (text: unknown) => void errors.push(text),
    });

    const aws = { ...stack.clientOptions(), endpoint: `http://127.0.0.1:${port}` };
    const client = new SnsSqsClient({ topology, aws, closeTimeoutMs: 50 });
    client.emit('order.placed', {});
    await client.close();
    Logger.overrideLogger(false);
    sockets.forEach((socket) => socket.destroy());
    deaf.close();
    expect(errors).toEqual([
      '1 messages were not taken by AWS within 50 ms of close() and are given up',
    ]);
  });
});

describe('claim-check', () => {
  beforeEach(() => start(bucket));

  it('a body over the limit is put aside in S3, as the AWS extended clients do, and handled like any other', async () => {
    const text = 'ü'.repeat(300_000);
    await emit(service.client, 'order.placed', { text });
    await waitFor(() => received.length === 1);
    expect(received[0]?.data).toEqual({ text });
    expect(Number(received[0]?.attributes['ExtendedPayloadSize'])).toBeGreaterThan(600_000);
  });

  it('a large request is answered by a large answer', async () => {
    const data = { text: 'x'.repeat(1_500_000) };
    expect(await firstValueFrom(service.client.send('order.echo', data))).toEqual(data);
  });

  it.each([
    'software.amazon.payloadoffloading.PayloadS3Pointer',
    'com.amazon.sqs.javamessaging.MessageS3Pointer',
  ])('a body that another client put aside (%s) is read', async (name) => {
    const key = unique('body');
    await stack.aws.s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: '{"from":"java"}' }),
    );
    await stack.put(queue, JSON.stringify([name, { s3BucketName: bucket, s3Key: key }]), {
      pattern: 'order.placed',
    });
    await waitFor(() => received.length === 1);
    expect(received[0]?.data).toEqual({ from: 'java' });
  });

  it.each([
    ['an object that is gone', (own: string) => own, 'no longer in the payload bucket'],
    ['another bucket', () => 'somebody-elses', 'a bucket other than'],
  ])('a pointer to %s is dead-lettered', async (_what, bucketOf, reason) => {
    const pointer = { s3BucketName: bucketOf(bucket), s3Key: unique('nothing') };
    await stack.put(
      queue,
      JSON.stringify(['software.amazon.payloadoffloading.PayloadS3Pointer', pointer]),
      {},
    );
    const { MessageAttributes: attributes } = await stack.take(`${queue}-dlq`);
    expect(attributes?.[DEAD_LETTER_REASON]?.StringValue).toContain(reason);
  });

  it('the object is left to a lifecycle rule', async () => {
    const calls = countCalls(stack.aws.s3);
    await emit(service.client, 'order.placed', { text: 'x'.repeat(300_000) });
    await waitFor(() => received.length === 1);
    await stack.emptied(queue);
    expect(calls.ended()).toEqual(['PutObjectCommand', 'GetObjectCommand']);
  });
});
