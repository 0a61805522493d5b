import { Logger } from '@nestjs/common';

import type { BrokerQueues } from '../broker/broker.js';
import { isNotFound } from '../broker/broker.errors.js';
import { lastPart } from '../../common/resource-names.js';
import { LAST_SEEN_INTERVAL_MS } from './last-seen.updater.js';
import { ALIVE_TAG, isProcessQueueName, type ProcessQueueNames } from './process-queue.names.js';
import { createdAtMs } from './process.queue.js';

/** An owner that has not updated its tag for three intervals counts as dead. */
const ORPHANED_AFTER_MS = 3 * LAST_SEEN_INTERVAL_MS;

/** SQS lists at most this many names in one call. */
const MAX_LISTED = 1000;
/** Queues examined in one search; bounds the calls of a start. */
const MAX_LOOKED_AT = 100;

interface OrphanSearch {
  readonly queues: BrokerQueues;
  readonly names: ProcessQueueNames;
  /**
   * Epoch milliseconds by SQS's clock, such as the creation time of a new queue; called only if there is a queue to
   * examine.
   */
  readonly nowMs: () => Promise<number>;
  /** When aborted, the remaining queues are left to the next start. */
  readonly signal: AbortSignal;
}

const logger = new Logger('ProcessQueues');

/**
 * Deletes queues whose processes died without deleting them. Queues without the tag belong to others, whatever their
 * names. A failure is logged and left to the next start; it does not fail this one.
 *
 * @returns the URLs of the queues that were deleted.
 */
export async function deleteOrphanedQueues(search: OrphanSearch): Promise<readonly string[]> {
  const { prefix } = search.names;
  const deleted: string[] = [];
  try {
    await deleteOrphans(search, deleted);
  } catch (error) {
    logger.warn('Search for orphaned queues failed', {
      prefix,
      reason: String(error),
    });
  }
  if (deleted.length > 0) logger.log('Orphaned queues deleted', { prefix, queues: deleted.length });
  return deleted;
}

async function deleteOrphans(
  { queues, names, nowMs, signal }: OrphanSearch,
  deleted: string[],
): Promise<void> {
  const urls = await queues.list(names.prefix, MAX_LISTED);
  const found = someOf(urls.filter((one) => isProcessQueueName(lastPart(one), names)));
  if (found.length === 0 || signal.aborted) return;
  const now = await nowMs();
  for (const url of found) {
    if (signal.aborted) return;
    try {
      if (!(await isOrphaned(queues, url, now)) || signal.aborted) continue;
      await queues.delete(url);
      deleted.push(url);
    } catch (error) {
      // Its owner, or another process that deletes orphans, has deleted it meanwhile.
      if (!isNotFound(error)) throw error;
    }
  }
}

async function isOrphaned(queues: BrokerQueues, url: string, nowMs: number): Promise<boolean> {
  const alive = (await queues.tagsOf(url))[ALIVE_TAG];
  if (alive === undefined) return false;
  const seenAtMs = (await createdAtMs(queues, url)) + Number(alive) * 1000;
  return nowMs - seenAtMs > ORPHANED_AFTER_MS;
}

/** Takes a different part of many at each start, so that none is left out for ever. */
function someOf(urls: readonly string[]): readonly string[] {
  if (urls.length <= MAX_LOOKED_AT) return urls;
  const first = Math.floor(Math.random() * urls.length);
  return [...urls.slice(first), ...urls.slice(0, first)].slice(0, MAX_LOOKED_AT);
}
