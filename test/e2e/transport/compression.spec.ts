import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { Controller } from '@nestjs/common';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Payload } from '@nestjs/microservices';
import { gzipSync } from 'node:zlib';
import {
  compressed,
  defineTopology,
  nativeCodec,
  OnEvent,
  record,
} from '../../../src/transport/index.js';
import type { CompressionOptions } from '../../../src/transport/codec/index.js';
import { Bench } from '../../support/bench.js';
import { emit, unique } from '../../support/transport.js';
import { waitForCount } from '../../support/wait.js';

const BUCKET = 'compressed-payloads';
const bench = new Bench();

beforeAll(async () => {
  await bench.stack.aws.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
});

const heard: string[] = [];

@Controller()
class Orders {
  @OnEvent('order.placed')
  placed(@Payload() { text }: Record<'text', string>): void {
    heard.push(text);
  }
}

beforeEach(() => {
  heard.length = 0;
});

const declare = (options: CompressionOptions = {}, suffix = '') => {
  const queue = unique('orders') + suffix;
  const codec = compressed(nativeCodec, options);
  return {
    queue,
    topology: defineTopology({
      queues: [{ name: queue, patterns: ['order.placed'], codec }],
      routes: [{ patterns: ['order.placed'], queue, codec }],
    }),
  };
};

/** Text that packs by half, not to nothing. */
const text = (bytes: number): string => {
  let made = '';
  for (let n = 1; made.length < bytes; n += 1) made += `${(n * 2_654_435_761) % 4_294_967_296} `;
  return made.slice(0, bytes);
};

describe('compressed messages', () => {
  it.each(['gzip', 'brotli', 'zstd'] as const)('reach their handler, by %s', async (encoding) => {
    const { topology } = declare({ encoding });
    const service = await bench.start({ topology, controllers: [Orders] });
    const texts = ['small', text(20_000), text(600_000)];
    for (const one of texts) await emit(service.client, 'order.placed', { text: one });
    await waitForCount('messages heard', () => heard, 3);
    expect(heard.toSorted((a, b) => a.length - b.length)).toEqual(texts);
  });

  it('are on the queue as base64 under the limit, without a bucket', async () => {
    const { queue, topology } = declare();
    const service = await bench.start({ topology, controllers: [] });
    await emit(service.client, 'order.placed', { text: text(1_500_000) });
    const { Body: body = '', MessageAttributes: attributes } = await bench.stack.take(queue);
    expect(attributes?.['Content-Encoding']?.StringValue).toBe('gzip');
    expect(attributes).not.toHaveProperty('ExtendedPayloadSize');
    expect(body.length).toBeLessThan(1024 * 1024);
  });

  it('are offloaded where they are still too large, and are read through both', async () => {
    const { queue, topology } = declare();
    const options = { payloadBucket: BUCKET };
    const service = await bench.start({ topology, client: options, controllers: [] });
    const large = text(4_000_000);
    await emit(service.client, 'order.placed', { text: large });
    const { Body: body = '', MessageAttributes: attributes } = await bench.stack.take(queue);
    expect(body).toContain('PayloadS3Pointer');
    expect(attributes?.['Content-Encoding']?.StringValue).toBe('gzip');
    expect(Number(attributes?.['ExtendedPayloadSize']?.StringValue)).toBeLessThan(4_000_000);
    await emit(service.client, 'order.placed', { text: large });
    await service.close();
    await bench.start({ topology, server: options, controllers: [Orders] });
    await waitForCount('messages heard', () => heard, 1);
    expect(heard[0]).toBe(large);
  });

  it('are offloaded as they are where no attribute is left for both', async () => {
    const { queue, topology } = declare();
    const options = { payloadBucket: BUCKET };
    const service = await bench.start({ topology, client: options, controllers: [] });
    const attributes = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`a${n}`, 'x']));
    const data = record({ text: text(4_000_000) })
      .withAttributes(attributes)
      .build();
    await emit(service.client, 'order.placed', data);
    const { MessageAttributes: written } = await bench.stack.take(queue);
    expect(Object.keys(written ?? {})).toHaveLength(10);
    expect(written).not.toHaveProperty('Content-Encoding');
    expect(Number(written?.['ExtendedPayloadSize']?.StringValue)).toBeGreaterThan(4_000_000);
  });

  it('keep their order in a FIFO group beside messages that are sent as they are', async () => {
    const { topology } = declare({ encoding: 'brotli' }, '.fifo');
    const service = await bench.start({ topology, controllers: [Orders] });
    const { client } = service;
    const texts = [text(700_000), 'a', text(50_000), 'b', 'c'];
    await Promise.all(
      texts.map((one) =>
        emit(client, 'order.placed', record({ text: one }).withGroup('g').build()),
      ),
    );
    await waitForCount('messages heard', () => heard, 5);
    expect(heard).toEqual(texts);
  });

  it('that inflate to more than the limit are dead-lettered as they are, with the reason', async () => {
    const { queue, topology } = declare({ maxBytes: 64 * 1024 });
    await bench.start({ topology, controllers: [Orders] });
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024)).toString('base64');
    await bench.stack.put(queue, bomb, { 'Content-Encoding': 'gzip' });
    const letter = await bench.stack.take(`${queue}-dlq`);
    expect(letter.Body).toBe(bomb);
    expect(letter.MessageAttributes?.['deadLetterReason']?.StringValue).toBe(
      'The body inflates to more than 65536 bytes (maxBytes of compressed())',
    );
  });

  it('of a peer with an encoding that is not known are dead-lettered with the reason', async () => {
    const { queue, topology } = declare();
    await bench.start({ topology, controllers: [Orders] });
    await bench.stack.put(queue, '{}', { 'Content-Encoding': 'snappy' });
    const { MessageAttributes: attributes } = await bench.stack.take(`${queue}-dlq`);
    expect(attributes?.['deadLetterReason']?.StringValue).toContain(
      '"snappy", which is not supported',
    );
  });
});
