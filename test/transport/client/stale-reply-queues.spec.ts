import { CreateQueueCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  LAST_SEEN_TAG,
  sweepStaleReplyQueues,
} from '../../../src/transport/client/stale-reply-queues.js';
import { TestStack, unique } from '../../support/transport.js';

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start();
});
afterAll(() => stack.stop());

const NOW = Date.parse('2026-11-21T12:00:00Z');
const MINUTE = 60_000;

it('deletes the reply queues whose owner has given no sign for half an hour, and no other queue', async () => {
  const prefix = unique('replies-');
  const make = async (name: string, lastSeenMs?: number): Promise<void> => {
    const tags =
      lastSeenMs === undefined ? {} : { [LAST_SEEN_TAG]: new Date(lastSeenMs).toISOString() };
    await stack.aws.sqs.send(new CreateQueueCommand({ QueueName: `${prefix}${name}`, tags }));
  };
  await make('alive', NOW - 29 * MINUTE);
  await make('dead', NOW - 31 * MINUTE);
  await make('untagged');
  await make('from-the-future', NOW + 60 * MINUTE);

  const deleted = await sweepStaleReplyQueues(stack.aws.sqs, prefix, NOW);

  expect(deleted.map((url) => url.split('/').at(-1))).toEqual([`${prefix}dead`]);
  const { QueueUrls: left = [] } = await stack.aws.sqs.send(
    new ListQueuesCommand({ QueueNamePrefix: prefix }),
  );
  expect(left.map((url) => url.slice(url.indexOf(prefix) + prefix.length)).toSorted()).toEqual([
    'alive',
    'from-the-future',
    'untagged',
  ]);
});
