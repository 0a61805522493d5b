import { Controller } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { Payload } from '@nestjs/microservices';
import { defineTopology, OnEvent, s3NotificationCodec } from '../../../src/transport/index.js';
import type { S3Record } from '../../../src/transport/codec/index.js';
import { Bench } from '../../support/bench.js';
import { unique } from '../../support/transport.js';
import { waitForCount } from '../../support/wait.js';

const bench = new Bench();

const TEST_EVENT = JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'b' });

const notification = (eventName: string): string => {
  const s3 = { bucket: { name: 'b' }, object: { key: 'a+b.txt', size: 1, sequencer: '00' } };
  return JSON.stringify({ Records: [{ eventSource: 'aws:s3', eventName, s3 }] });
};

/** A queue that S3 sends to. */
const uploads = (fallback?: string) => {
  const queue = unique('uploads');
  const declared = { name: queue, patterns: ['s3.*'], codec: s3NotificationCodec };
  return {
    queue,
    topology: defineTopology({
      topics: [],
      queues: [{ ...declared, ...(fallback !== undefined && { fallback }) }],
      routes: [],
    }),
  };
};

describe('a queue that S3 notifies', () => {
  it('hands each event to its handler, and acknowledges the test event that no handler takes', async () => {
    const keys: string[] = [];
    @Controller()
    class Uploads {
      @OnEvent('s3.ObjectCreated:Put')
      made(@Payload() record: object): void {
        keys.push((record as S3Record).s3.object.urlDecodedKey);
      }
    }
    const { queue, topology } = uploads();
    await bench.start({ topology, controllers: [Uploads] });
    await bench.stack.put(queue, TEST_EVENT);
    await bench.stack.put(queue, notification('ObjectCreated:Put'));
    await waitForCount('keys', () => keys, 1);
    await bench.stack.emptied(queue);
    expect(keys).toEqual(['a b.txt']);
    expect(await bench.stack.depth(`${queue}-dlq`)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('dead-letters an event that no handler takes, and gives every event to a fallback', async () => {
    const { queue, topology } = uploads();
    @Controller()
    class Uploads {
      @OnEvent('s3.ObjectCreated:Put')
      made(): void {}
    }
    const service = await bench.start({ topology, controllers: [Uploads] });
    await bench.stack.put(queue, notification('ObjectRemoved:Delete'));
    expect((await bench.stack.take(`${queue}-dlq`)).Body).toBe(
      notification('ObjectRemoved:Delete'),
    );
    await service.close();

    const all = uploads('s3.any');
    const patterns: unknown[] = [];
    @Controller()
    class Any {
      @OnEvent('s3.any')
      any(@Payload() record: object): void {
        patterns.push((record as Partial<S3Record>).eventName);
      }
    }
    await bench.start({ topology: all.topology, controllers: [Any] });
    for (const event of ['ObjectCreated:Copy', 'ObjectRemoved:Delete'])
      await bench.stack.put(all.queue, notification(event));
    await waitForCount('patterns', () => patterns, 2);
    expect(new Set(patterns)).toEqual(new Set(['ObjectCreated:Copy', 'ObjectRemoved:Delete']));
  });
});
