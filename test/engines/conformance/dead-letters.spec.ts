import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from '@jest/globals';
import {
  DEAD_LETTER_DETAILS,
  DEAD_LETTER_REASON,
  PermanentError,
} from '../../../src/transport/index.js';
import { shows } from '../engine.js';
import { AT_ONCE, Bench, deadLetters, emit, jobs, worker } from './harness.js';

const bench = new Bench();

const NONE = { visible: 0, inFlight: 0 };

/** A worker whose every attempt fails for good. */
const refuses = (why: string) =>
  worker(() => {
    throw new PermanentError(why);
  });

const POINTER =
  '["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"b","s3Key":"k"}]';

/** Bodies and attributes that no handler takes, and what the dead letter says of them. */
const UNREADABLE: readonly (readonly [string, string, Record<string, string>, string])[] = [
  ['text that is no JSON', 'hello', { pattern: 'job.run' }, 'not JSON'],
  ['JSON that names no pattern', '[1,2]', {}, 'names no pattern'],
  ['an unknown pattern', '{}', { pattern: 'job.unknown' }, 'No handler'],
  ['a pattern the queue does not carry', '{}', { pattern: 'other.run' }, 'No handler'],
  ['a claim-check without a payload bucket', POINTER, { pattern: 'job.run' }, 'no payload bucket'],
];

describe('Dead-letter queues', () => {
  shows('SQS moves a message after its last receive, which its handler knows', [], async () => {
    const { topology, queue } = jobs({ deadLetter: { maxReceiveCount: 2 } });
    const attempts: { readonly isLastAttempt: boolean }[] = [];
    const { Worker } = worker((_attempt, { isLastAttempt }) => {
      attempts.push({ isLastAttempt });
      throw new Error('never');
    });
    const { client } = await bench.start({ topology, controllers: [Worker], server: AT_ONCE });
    await emit(client, 'job.run', { n: 1 });
    const { Body: body = '' } = await bench.stack.take(deadLetters(queue));
    expect(JSON.parse(body)).toMatchObject({ pattern: 'job.run', data: { n: 1 } });
    expect(attempts).toEqual([{ isLastAttempt: false }, { isLastAttempt: true }]);
    await bench.stack.emptied(queue);
  });

  shows('a moved message names the queue it came from', ['deadLetterSource'], async () => {
    const { topology, queue } = jobs({ deadLetter: { maxReceiveCount: 1 } });
    const { Worker } = worker(() => {
      throw new Error('never');
    });
    const { client } = await bench.start({ topology, controllers: [Worker], server: AT_ONCE });
    await emit(client, 'job.run', {});
    const { Attributes: attributes } = await bench.stack.take(deadLetters(queue));
    expect(attributes).toMatchObject({
      DeadLetterQueueSourceArn: expect.stringMatching(new RegExp(`:${queue}$`)),
    });
  });

  shows(
    'a message with a permanent error arrives with body, attributes of every type, reason and id',
    [],
    async () => {
      const { topology, queue } = jobs();
      const { Worker, attempts } = refuses('the order was cancelled');
      await bench.start({ topology, controllers: [Worker] });
      const { MessageId: id } = await bench.stack.aws.sqs.send(
        new SendMessageCommand({
          QueueUrl: await bench.stack.queueUrl(queue),
          MessageBody: '{"n":1}',
          MessageAttributes: {
            pattern: { DataType: 'String', StringValue: 'job.run' },
            weight: { DataType: 'Number.float', StringValue: '2.5' },
            seal: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 1]) },
          },
        }),
      );
      const { Body, MessageAttributes: copied = {} } = await bench.stack.take(deadLetters(queue));
      expect(Body).toBe('{"n":1}');
      expect(copied).toMatchObject({
        pattern: { DataType: 'String', StringValue: 'job.run' },
        weight: { DataType: 'Number.float', StringValue: '2.5' },
        [DEAD_LETTER_REASON]: { StringValue: 'the order was cancelled' },
      });
      expect([...(copied['seal']?.BinaryValue ?? [])]).toEqual([0, 255, 1]);
      expect(JSON.parse(copied[DEAD_LETTER_DETAILS]?.StringValue ?? '')).toMatchObject({
        code: 'WEFT_PERMANENT',
        queue,
        messageId: id,
        receiveCount: 1,
        attributes: {},
      });
      await bench.stack.emptied(queue);
      expect(attempts).toHaveLength(1);
    },
  );

  shows('a message with ten attributes keeps them all within the limit of ten', [], async () => {
    const { topology, queue } = jobs();
    const { Worker } = refuses('no');
    await bench.start({ topology, controllers: [Worker] });
    const sent = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`a${n}`, `value ${n}`]));
    await bench.stack.put(queue, '{}', { pattern: 'job.run', ...sent });
    const { MessageAttributes: copied = {} } = await bench.stack.take(deadLetters(queue));
    const details: { attributes: Record<string, unknown> } = JSON.parse(
      copied[DEAD_LETTER_DETAILS]?.StringValue ?? '{}',
    );
    expect(Object.keys(copied)).toHaveLength(10);
    expect(new Set([...Object.keys(copied), ...Object.keys(details.attributes)])).toEqual(
      new Set([...Object.keys(sent), 'pattern', DEAD_LETTER_REASON, DEAD_LETTER_DETAILS]),
    );
  });

  for (const [what, body, attributes, reason] of UNREADABLE)
    shows(
      `${what} is dead-lettered with the reason, and the next message is handled`,
      [],
      async () => {
        const { topology, queue } = jobs();
        const { Worker, attempts, attempted } = worker();
        const { client } = await bench.start({ topology, controllers: [Worker] });
        await bench.stack.put(queue, body, attributes);
        await emit(client, 'job.run', { next: true });
        const copy = await bench.stack.take(deadLetters(queue));
        expect(copy.Body).toBe(body);
        expect(copy.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue).toContain(reason);
        await attempted(1);
        await bench.stack.emptied(queue);
        expect(attempts.map(({ data }) => data)).toEqual([{ next: true }]);
      },
    );

  shows(
    'a message whose error is permanent stays on its queue where there is no dead-letter queue',
    [],
    async () => {
      const { topology, queue } = jobs({ deadLetter: false });
      const { Worker, attempts, attempted } = worker(({ receiveCount }) => {
        if (receiveCount < 2) throw new PermanentError('nowhere to go');
      });
      const { client } = await bench.start({ topology, controllers: [Worker], server: AT_ONCE });
      await emit(client, 'job.run', {});
      await attempted(2);
      await bench.stack.emptied(queue);
      expect(attempts.map(({ receiveCount }) => receiveCount)).toEqual([1, 2]);
    },
  );

  shows(
    'a message whose error is permanent is deleted where the policy says discard',
    [],
    async () => {
      const { topology, queue } = jobs();
      const { Worker, attempts, attempted } = refuses('no use');
      const { client } = await bench.start({
        topology,
        controllers: [Worker],
        server: { onPermanentError: 'discard' },
      });
      await emit(client, 'job.run', {});
      await attempted(1);
      await bench.stack.emptied(queue);
      expect(await bench.stack.depth(deadLetters(queue))).toEqual(NONE);
      expect(attempts).toHaveLength(1);
    },
  );
});
