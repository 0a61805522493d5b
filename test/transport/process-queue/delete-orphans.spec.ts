import { CreateQueueCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ALIVE_TAG } from '../../../src/transport/process-queue/process-queue.names.js';
import { brokerOf } from '../../../src/transport/broker/broker-of.js';
import { deleteOrphanedQueues } from '../../../src/transport/process-queue/delete-orphans.js';
import { countCalls, TestStack, unique } from '../../support/transport.js';

let stack: TestStack;
beforeAll(async () => {
  Logger.overrideLogger(false);
  stack = await TestStack.start({ embedded: true });
});
afterAll(async () => {
  Logger.overrideLogger(['error', 'warn', 'log']);
  await stack.stop();
});

const MINUTE = 60;
const random = (digit: string): string => digit.repeat(16);

/** A queue whose owner was last there so many seconds after SQS made it. */
async function make(name: string, aliveS?: number): Promise<void> {
  const tags = aliveS === undefined ? {} : { [ALIVE_TAG]: String(aliveS) };
  await stack.aws.sqs.send(new CreateQueueCommand({ QueueName: name, tags }));
}

// The search comes an hour after SQS made the queues.
const HOUR_MS = 3600_000;
const sweep = (prefix: string, signal = new AbortController().signal) =>
  deleteOrphanedQueues({
    queues: brokerOf(stack.aws).queues,
    names: { prefix, suffix: '' },
    nowMs: () => Promise.resolve(Date.now() + HOUR_MS),
    signal,
  });

describe('the search for orphaned queues', () => {
  it('deletes per-process queues whose heartbeat is half an hour old, and no other queue', async () => {
    const prefix = unique('replies-');
    const kept = {
      alive: `${prefix}${random('a')}`,
      untagged: `${prefix}${random('b')}`,
      fromTheFuture: `${prefix}${random('c')}`,
      ofAnotherKind: `${prefix}other-${random('d')}`,
      namedByHand: `${prefix}dlq`,
    };
    await make(kept.alive, 31 * MINUTE);
    await make(kept.untagged);
    await make(kept.fromTheFuture, 120 * MINUTE);
    await make(kept.ofAnotherKind, 29 * MINUTE);
    await make(kept.namedByHand, 29 * MINUTE);
    await make(`${prefix}${random('e')}`, 29 * MINUTE);

    const swept = (await sweep(prefix)).map((url) => url.split('/').at(-1));
    expect(swept).toEqual([`${prefix}${random('e')}`]);

    const { QueueUrls: left = [] } = await stack.aws.sqs.send(
      new ListQueuesCommand({ QueueNamePrefix: prefix }),
    );
    expect(new Set(left.map((url) => url.split('/').at(-1)))).toEqual(new Set(Object.values(kept)));
  });

  it('ends when its process does', async () => {
    const prefix = unique('replies-');
    await make(`${prefix}${random('e')}`, 29 * MINUTE);
    const calls = countCalls(stack.aws.sqs);
    expect(await sweep(prefix, AbortSignal.abort())).toEqual([]);
    expect(calls.ended()).toEqual(['ListQueuesCommand']);
  });

  it('looks at a hundred queues at most', async () => {
    const prefix = unique('many-');
    for (let n = 0; n < 101; n += 1) await make(`${prefix}${n.toString(16).padStart(16, '0')}`);
    const calls = countCalls(stack.aws.sqs);
    await sweep(prefix);
    expect(calls.ended().filter((name) => name === 'ListQueueTagsCommand')).toHaveLength(100);
  });
});
