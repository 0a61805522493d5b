import { isTransient } from '../../broker/broker.errors.js';
import type { BrokerQueue } from '../../broker/broker.queue.js';
import { EntryBatcher, type EntryOutcome } from '../../call-batching/entry-batcher.js';
import type { Clock } from '../../clock.js';
import { SendFailedError } from '../../errors/index.js';
import { unwatched, type WatchedCall } from '../../observing/watch-calls.js';
import type { OutageLog } from '../../outage.log.js';
import { MAX_BATCH_ENTRIES } from '../../sns-sqs.constants.js';
import type { Lease } from '../leases/lease.js';
import type { SlowestCall } from '../leases/slowest.call.js';

const MAX_CALLS = 4;
const MAX_ATTEMPTS = 5;
const RETRY_BASE_MS = 100;

interface AcknowledgerDependencies {
  readonly queue: BrokerQueue;
  readonly lingerMs: number;
  readonly clock: Clock;
  readonly realTime: Clock;
  readonly outage: OutageLog;
  readonly slowest: SlowestCall;
  readonly watched?: WatchedCall;
}

/** Deletes handled messages, ten a call. A message whose lease has run out is not deleted. */
export class Acknowledger {
  readonly #batcher: EntryBatcher<Lease>;

  constructor(private readonly dependencies: AcknowledgerDependencies) {
    this.#batcher = new EntryBatcher({
      send: (leases) => this.#delete(leases),
      retryable: isTransient,
      maxEntries: MAX_BATCH_ENTRIES,
      lingerMs: dependencies.lingerMs,
      eager: false,
      maxCalls: MAX_CALLS,
      maxAttempts: MAX_ATTEMPTS,
      retryBaseMs: RETRY_BASE_MS,
      clock: dependencies.realTime,
    });
  }

  /** Resolves when SQS has deleted the message; rejects when it has not and will redeliver it. */
  async ack(lease: Lease): Promise<void> {
    // If the message was received again during the delete, the newer receipt handle is needed.
    for (let handle; handle !== lease.receiptHandle;) {
      handle = lease.receiptHandle;
      await this.#batcher.add(lease);
    }
  }

  flush(): Promise<void> {
    return this.#batcher.flush();
  }

  /** Deletes nothing any more: what waits or comes later fails with `error`. */
  stop(error: Error): void {
    this.#batcher.stop(error);
  }

  async #delete(leases: readonly Lease[]): Promise<EntryOutcome[]> {
    const nowMs = this.dependencies.clock.monotonicMs();
    const valid = leases.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    if (valid.length === leases.length) return this.#call(leases);
    const deleted = valid.length === 0 ? [] : await this.#call(valid);
    const outcomes = new Map(valid.map((lease, index) => [lease, deleted[index] ?? EXPIRED]));
    return leases.map((lease) => outcomes.get(lease) ?? EXPIRED);
  }

  async #call(leases: readonly Lease[]): Promise<EntryOutcome[]> {
    const { queue, outage, slowest, watched = unwatched } = this.dependencies;
    try {
      const answer = await watched(() =>
        slowest.watch(() => queue.delete(leases.map(({ receiptHandle }) => receiptHandle))),
      );
      outage.succeeded();
      return answer;
    } catch (error) {
      outage.failed(error);
      throw error;
    }
  }
}

const EXPIRED: EntryOutcome = {
  ok: false,
  retryable: false,
  error: new SendFailedError('The lease ran out before the message was acknowledged', {
    retryable: false,
  }),
};
