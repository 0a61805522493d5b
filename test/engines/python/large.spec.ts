import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { record } from '../../../src/transport/index.js';
import { unique } from '../../support/transport.js';
import { waitForCount } from '../../support/wait.js';
import { Bench, emit, fifoJobs, jobs, topicJobs, worker } from '../conformance/harness.js';
import { Python } from './peer.js';

const bench = new Bench();
const payloadBucket = unique('payloads');
const TEXT = 'ä'.repeat(600_000);

let python: Python;
beforeAll(async () => {
  python = new Python();
  await bench.stack.aws.s3.send(new CreateBucketCommand({ Bucket: payloadBucket }));
});
afterAll(() => python.stop());

describe('Python: large messages by the AWS extended clients', () => {
  for (const [how, plan] of [
    ['a queue', () => jobs()],
    ['a FIFO queue', () => fifoJobs()],
    ['a topic, raw', () => topicJobs()],
  ] as const) {
    it(`Python reads a body that Weft has offloaded to S3, sent by ${how}`, async () => {
      const { topology, queue } = plan();
      const { client } = await bench.start({ topology, client: { payloadBucket } });
      await emit(client, 'job.run', record({ text: TEXT }).withGroup('a').build());
      const [message] = await python.do({ do: 'receive', queue, bucket: payloadBucket });
      expect(JSON.parse(message?.body ?? '')).toMatchObject({
        pattern: 'job.run',
        data: { text: TEXT },
      });
      expect(message?.attributes['pattern']).toEqual({ type: 'String', value: 'job.run' });
    });
  }

  for (const raw of [true, false]) {
    it(`Weft reads a body that Python has offloaded to S3, by a topic, ${raw ? 'raw' : 'in the SNS envelope'}`, async () => {
      const { topology, topic } = topicJobs({ raw });
      const { Worker, attempts } = worker();
      await bench.start({ topology, controllers: [Worker], server: { payloadBucket } });
      await python.do({
        do: 'publish',
        topic,
        body: JSON.stringify({ text: TEXT }),
        attributes: { pattern: 'job.run' },
        bucket: payloadBucket,
      });
      await waitForCount('attempts', () => attempts, 1);
      expect(attempts[0]?.data).toEqual({ text: TEXT });
    });
  }

  it('Weft reads a body that Python has offloaded to S3, by a queue', async () => {
    const { topology, queue } = jobs();
    const { Worker, attempts } = worker();
    await bench.start({ topology, controllers: [Worker], server: { payloadBucket } });
    const body = JSON.stringify({ pattern: 'job.run', data: { text: TEXT } });
    await python.do({ do: 'send', queue, body, bucket: payloadBucket });
    await waitForCount('attempts', () => attempts, 1);
    expect(attempts[0]?.data).toEqual({ text: TEXT });
    await bench.stack.emptied(queue);
  });
});
