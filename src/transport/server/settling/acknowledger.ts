import { DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

import { isTransient } from '../../../aws/index.js';
import { batchOutcomes, withIds } from '../../call-batching/batch-answer.js';
import { EntryBatcher, type EntryOutcome } from '../../call-batching/entry-batcher.js';
import type { Clock } from '../../clock.js';
import { SendFailedError } from '../../errors/index.js';
import { unwatched, type WatchedCall } from '../../observing/watch-calls.js';
import { MAX_BATCH_ENTRIES } from '../../sns-sqs.constants.js';
import type { Lease } from '../leases/lease.js';

const MAX_CALLS = 4;
const MAX_ATTEMPTS = 5;
const RETRY_BASE_MS = 100;

/** Deletes handled messages, ten a call. A lease that ran out meanwhile is not acknowledged. */
export class Acknowledger {
  readonly #batcher: EntryBatcher<Lease>;

  constructor(
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
    lingerMs: number,
    private readonly clock: Clock,
    private readonly watched: WatchedCall = unwatched,
  ) {
    this.#batcher = new EntryBatcher({
      send: (leases) => this.#delete(leases),
      retryable: isTransient,
      maxEntries: MAX_BATCH_ENTRIES,
      lingerMs,
      eager: false,
      maxCalls: MAX_CALLS,
      maxAttempts: MAX_ATTEMPTS,
      retryBaseMs: RETRY_BASE_MS,
    });
  }

  /** Resolves when SQS has deleted the message; rejects when it has not, and will give it out again. */
  ack(lease: Lease): Promise<void> {
    return this.#batcher.add(lease);
  }

  flush(): Promise<void> {
    return this.#batcher.flush();
  }

  async #delete(leases: readonly Lease[]): Promise<EntryOutcome[]> {
    const nowMs = this.clock.now();
    const valid = leases.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    if (valid.length === leases.length) return this.#call(leases);
    const deleted = valid.length === 0 ? [] : await this.#call(valid);
    const outcomes = new Map(valid.map((lease, index) => [lease, deleted[index] ?? EXPIRED]));
    return leases.map((lease) => outcomes.get(lease) ?? EXPIRED);
  }

  async #call(leases: readonly Lease[]): Promise<EntryOutcome[]> {
    const entries = withIds(leases.map(({ receiptHandle }) => ({ ReceiptHandle: receiptHandle })));
    const input = { QueueUrl: this.queueUrl, Entries: entries };
    return this.watched(async () => {
      const answer = await this.sqs.send(new DeleteMessageBatchCommand(input));
      return batchOutcomes(leases.length, answer, 'DeleteMessageBatch');
    });
  }
}

const EXPIRED: EntryOutcome = {
  ok: false,
  retryable: false,
  error: new SendFailedError('The lease ran out before the message was acknowledged', {
    retryable: false,
  }),
};
