import {
  DeleteQueueCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';

import { isNotFound } from '../../aws/index.js';
import { lastPart } from '../topology/declare/names.js';
import { isOwnName, type OwnNames } from './own-name.js';
import { LAST_SEEN_TAG } from './own-queue.js';
import { LAST_SEEN_INTERVAL_MS } from './signs-of-life.js';

/** Without a sign for three intervals the owner is taken for dead. */
export const STALE_AFTER_MS = 3 * LAST_SEEN_INTERVAL_MS;

/** The most names SQS gives out in one call. */
const MAX_LISTED = 1000;
/** Queues looked at in one sweep, so that a start costs so many calls at most. */
const MAX_LOOKED_AT = 100;

export interface Sweep {
  readonly sqs: SQSClient;
  readonly names: OwnNames;
  readonly nowMs: number;
  /** Aborted: what was not looked at yet is left to the next start. */
  readonly signal: AbortSignal;
}

const logger = new Logger('OwnQueues');

/**
 * Deletes own queues whose owners died without deleting them. Queues without
 * the tag are somebody else's, whatever they are called. What fails is logged
 * and left to the next start: it is not worth failing this one.
 *
 * @returns the names of the queues that were deleted.
 */
export async function sweepStaleQueues(sweep: Sweep): Promise<readonly string[]> {
  const { prefix } = sweep.names;
  const deleted: string[] = [];
  try {
    await deleteStale(sweep, deleted);
  } catch (error) {
    logger.warn('Queues that processes left behind were not looked for to the end', {
      prefix,
      reason: String(error),
    });
  }
  if (deleted.length > 0)
    logger.log(`Deleted ${deleted.length} of the queues ${prefix}…: their owners are gone`);
  return deleted;
}

async function deleteStale({ sqs, names, nowMs, signal }: Sweep, deleted: string[]): Promise<void> {
  const { QueueUrls: urls = [] } = await sqs.send(
    new ListQueuesCommand({ QueueNamePrefix: names.prefix, MaxResults: MAX_LISTED }),
  );
  for (const url of someOf(urls.filter((one) => isOwnName(lastPart(one), names)))) {
    if (signal.aborted) return;
    try {
      if (!(await isStale(sqs, url, nowMs))) continue;
      await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
      deleted.push(lastPart(url));
    } catch (error) {
      // Its owner has closed meanwhile, or somebody else sweeps.
      if (!isNotFound(error)) throw error;
    }
  }
}

async function isStale(sqs: SQSClient, url: string, nowMs: number): Promise<boolean> {
  const { Tags: tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
  return nowMs - Date.parse(tags[LAST_SEEN_TAG] ?? '') > STALE_AFTER_MS;
}

/** Of many, others at each start, so that none is passed over for ever. */
function someOf(urls: readonly string[]): readonly string[] {
  if (urls.length <= MAX_LOOKED_AT) return urls;
  const first = Math.floor(Math.random() * urls.length);
  return [...urls.slice(first), ...urls.slice(0, first)].slice(0, MAX_LOOKED_AT);
}
