import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PayloadStore } from '../../../src/transport/codec/payload-store.js';
import { TestStack, unique } from '../../support/transport.js';

const run = promisify(execFile);
const MIB = 1024 * 1024;

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start({ embedded: true });
  await stack.aws.s3.send(new CreateBucketCommand({ Bucket: 'payloads' }));
});
afterAll(() => stack.stop());

/** What a consumer of a heap of half a gigabyte takes for one receive of these messages. */
async function taken(bodies: readonly string[], pattern: string) {
  const queue = unique('receive');
  for (const name of [queue, `${queue}-dlq`]) {
    await stack.aws.sqs.send(new CreateQueueCommand({ QueueName: name }));
  }
  for (const body of bodies) await stack.put(queue, body, { pattern });
  const { stdout } = await run(
    process.execPath,
    [
      '--max-old-space-size=512',
      '--import',
      './test/support/ts-hooks.js',
      './test/e2e/transport/one-receive.child.ts',
      queue,
      JSON.stringify(stack.clientOptions()),
      String(bodies.length),
    ],
    { env: { ...process.env, NODE_OPTIONS: '' }, timeout: 120_000 },
  );
  return JSON.parse(stdout) as { settled: number; peakMb: number; beforeMb: number };
}

describe('One receive of ten hostile messages', () => {
  it('each with a list of 340 000 faulty items ends within a heap of 512 MB', async () => {
    const bomb = `{"items":[${Array(340_000).fill('{}').join(',')}]}`;
    const { settled, peakMb } = await taken(Array<string>(10).fill(bomb), 'items');
    expect(settled).toBe(10);
    expect(peakMb).toBeLessThan(800);
  });

  it('each with the most checks that are allowed ends within a heap of 512 MB', async () => {
    const bomb = `{"items":[${Array(24_000).fill('{}').join(',')}]}`;
    const { settled, peakMb } = await taken(Array<string>(10).fill(bomb), 'items');
    expect(settled).toBe(10);
    expect(peakMb).toBeLessThan(800);
  });

  it('each with a pointer to a body of 60 MiB ends within a heap of 512 MB', async () => {
    const store = new PayloadStore(() => stack.aws.s3, 'payloads');
    const { bucket, key } = await store.put('large', JSON.stringify('x'.repeat(60 * MIB)));
    const pointer = JSON.stringify([
      'software.amazon.payloadoffloading.PayloadS3Pointer',
      { s3BucketName: bucket, s3Key: key },
    ]);
    const { settled, peakMb } = await taken(Array<string>(10).fill(pointer), 'large');
    expect(settled).toBe(10);
    expect(peakMb).toBeLessThan(1000);
  });
});
