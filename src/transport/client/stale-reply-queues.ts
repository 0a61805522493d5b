import {
  DeleteQueueCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** Tags by which a reply queue tells whose it is and when its owner was last there. */
export const OWNER_TAG = 'weft:owner';
export const LAST_SEEN_TAG = 'weft:last-seen';

/** Milliseconds between two signs of life of a queue's owner. */
export const LAST_SEEN_INTERVAL_MS = 10 * 60_000;
/** Without a sign for three of them the owner is taken for dead. */
const STALE_AFTER_MS = 3 * LAST_SEEN_INTERVAL_MS;
/** Queues looked at in one sweep; the next start looks at others. */
const MAX_LOOKED_AT = 100;

/**
 * Deletes reply queues whose owner died without deleting them. Queues without
 * the tag are somebody else's, whatever they are called.
 *
 * @returns the URLs of the queues that were deleted.
 */
export async function sweepStaleReplyQueues(
  sqs: SQSClient,
  prefix: string,
  nowMs: number,
): Promise<string[]> {
  const { QueueUrls: urls = [] } = await sqs.send(
    new ListQueuesCommand({ QueueNamePrefix: prefix, MaxResults: MAX_LOOKED_AT }),
  );
  const deleted: string[] = [];
  for (const url of urls) {
    const { Tags: tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
    const lastSeenMs = Date.parse(tags[LAST_SEEN_TAG] ?? '');
    if (!(nowMs - lastSeenMs > STALE_AFTER_MS)) continue;
    await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    deleted.push(url);
  }
  return deleted;
}
