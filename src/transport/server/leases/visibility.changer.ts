import { chunksOf } from '../../../common/chunks.js';
import { isTransient } from '../../broker/broker.errors.js';
import type { BrokerQueue } from '../../broker/broker.queue.js';
import { EntryBatcher, type EntryOutcome } from '../../call-batching/entry-batcher.js';
import type { Clock } from '../../clock.js';
import { SendFailedError } from '../../errors/index.js';
import type { OutageLog } from '../../outage.log.js';
import { MAX_BATCH_ENTRIES } from '../../sns-sqs.constants.js';
import type { Lease } from './lease.js';
import { isRenewable } from './lease.registry.js';

/** `gone`: for SQS the handle is no longer in flight. `failed`: SQS refused the change, or the call failed. */
type VisibilityOutcome = 'changed' | 'gone' | 'failed';

/** Messages whose visibility changes in one call; if one is refused, all are retried in one call. */
interface Unit {
  readonly leases: readonly Lease[];
  readonly visibilityTimeoutS: number;
  /** Called before each call: whether to make it. */
  readonly begin: () => boolean;
  /** Called for a message that SQS certainly left unchanged. */
  readonly refused: (index: number) => void;
  outcomes: readonly VisibilityOutcome[];
}

const LINGER_MS = 10;
const MAX_CALLS = 8;
const GONE_CODES = ['ReceiptHandleIsInvalid', 'MessageNotInflight', 'InvalidParameterValue'];

/** Tries of a renewal; the next heartbeat tries again. */
const RENEWAL = { maxAttempts: 3, retryBaseMs: 100 };
/**
 * Tries of a release. The messages of a group become visible after a second at the earliest; repeating the call for all
 * of them before that keeps those already changed invisible until the last one has changed.
 */
const RELEASE = { maxAttempts: 25, retryBaseMs: 20, retryCapMs: 200 };

interface VisibilityChangerDependencies {
  readonly queue: BrokerQueue;
  readonly clock: Clock;
  /** Times the linger and the pauses before retries. */
  readonly realTime: Clock;
  readonly outage: OutageLog;
}

/** Keeps messages invisible for longer, or makes them visible sooner. */
export class VisibilityChanger {
  readonly #renewals: EntryBatcher<Unit>;
  /** Separate from renewals, so that stalled renewals delay no release. */
  readonly #releases: EntryBatcher<Unit>;

  constructor(private readonly dependencies: VisibilityChangerDependencies) {
    const shared = {
      send: (units: readonly Unit[]) => this.#send(units),
      retryable: isTransient,
      maxEntries: MAX_BATCH_ENTRIES,
      // Entries of a call, all units together.
      maxBytes: MAX_BATCH_ENTRIES,
      lingerMs: LINGER_MS,
      eager: false,
      maxCalls: MAX_CALLS,
      clock: dependencies.realTime,
    };
    this.#renewals = new EntryBatcher({ ...shared, ...RENEWAL });
    this.#releases = new EntryBatcher({ ...shared, ...RELEASE });
  }

  /** Keeps messages invisible for `visibilityTimeoutS` seconds from now. Returns outcomes by position. */
  renew(leases: readonly Lease[], visibilityTimeoutS: number): Promise<VisibilityOutcome[]> {
    const unit = (part: readonly Lease[]): Unit => ({
      leases: part,
      visibilityTimeoutS,
      // The process may have stood still or waited for a retry; a message that another process may have is not touched.
      begin: () => {
        const nowMs = this.dependencies.clock.monotonicMs();
        return part.some((lease) => isRenewable(lease, nowMs));
      },
      refused: () => undefined,
      outcomes: [],
    });
    return inParts(leases, (part) => settle(this.#renewals, unit(part)));
  }

  /**
   * Makes messages that are being released visible after `visibilityTimeoutS` seconds, 0 for at once. They go into one
   * call, or in order into several: a receive then takes the first ten, which block the rest of their group.
   *
   * A release ends when one of its messages is received again here, as it is visible then.
   */
  release(leases: readonly Lease[], visibilityTimeoutS: number): Promise<VisibilityOutcome[]> {
    return inParts(leases, (part) => {
      const expiries = part.map(({ expiresAtMs }) => expiresAtMs);
      const unit: Unit = {
        leases: part,
        visibilityTimeoutS,
        begin: () => {
          const nowMs = this.dependencies.clock.monotonicMs();
          const ended = expiries.every((expiresAtMs) => expiresAtMs <= nowMs);
          if (ended || part.some(({ state }) => state !== 'releasing')) return false;
          // Whatever the call's outcome, another process may have them from then on.
          const visibleAtMs = nowMs + visibilityTimeoutS * 1000;
          part.forEach((lease, index) => {
            lease.expiresAtMs = Math.min(expiries[index] ?? 0, visibleAtMs);
          });
          return true;
        },
        refused: (index) => {
          const lease = part[index];
          if (lease?.state === 'releasing') lease.expiresAtMs = expiries[index] ?? 0;
        },
        outcomes: [],
      };
      return settle(this.#releases, unit);
    });
  }

  async flush(): Promise<void> {
    await Promise.all([this.#renewals.flush(), this.#releases.flush()]);
  }

  async #send(units: readonly Unit[]): Promise<EntryOutcome[]> {
    const begun = units.filter((unit) => unit.begin());
    const answered = begun.length === 0 ? [] : await this.#call(begun);
    let position = 0;
    for (const unit of begun) {
      const own = answered.slice(position, (position += unit.leases.length));
      unit.outcomes = own.map(outcomeOf);
      unit.outcomes.forEach((outcome, index) => {
        if (outcome === 'failed') unit.refused(index);
      });
    }
    return units.map((unit) => {
      const failed = begun.includes(unit) && unit.outcomes.includes('failed');
      return failed ? { ok: false, retryable: true, error: REFUSED } : { ok: true };
    });
  }

  async #call(units: readonly Unit[]): Promise<EntryOutcome[]> {
    const changes = units.flatMap(({ leases, visibilityTimeoutS }) =>
      leases.map(({ receiptHandle }) => ({ receiptHandle, visibilityTimeoutS })),
    );
    try {
      const answer = await this.dependencies.queue.changeVisibility(changes);
      this.dependencies.outage.succeeded();
      return answer;
    } catch (error) {
      this.dependencies.outage.failed(error);
      for (const unit of units) unit.outcomes = [];
      throw error;
    }
  }
}

async function inParts(
  leases: readonly Lease[],
  change: (part: readonly Lease[]) => Promise<readonly VisibilityOutcome[]>,
): Promise<VisibilityOutcome[]> {
  const outcomes: VisibilityOutcome[] = [];
  for (const part of chunksOf(leases, MAX_BATCH_ENTRIES)) outcomes.push(...(await change(part)));
  return outcomes;
}

async function settle(batcher: EntryBatcher<Unit>, unit: Unit): Promise<VisibilityOutcome[]> {
  await batcher.add(unit, unit.leases.length).catch(() => undefined);
  return unit.leases.map((_lease, index) => unit.outcomes[index] ?? 'failed');
}

const REFUSED = new SendFailedError('SQS refused to change the visibility of a message');

function outcomeOf(outcome: EntryOutcome): VisibilityOutcome {
  if (outcome.ok) return 'changed';
  const code = outcome.error instanceof SendFailedError ? outcome.error.details['code'] : undefined;
  return typeof code === 'string' && GONE_CODES.some((gone) => code.endsWith(gone))
    ? 'gone'
    : 'failed';
}
