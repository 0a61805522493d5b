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

/** `gone`: SQS no longer knows the handle as in flight. `failed`: it was refused, or could not be asked. */
export type VisibilityOutcome = 'changed' | 'gone' | 'failed';

/** Messages whose visibility changes in one call, and again in one call when one of them was refused. */
interface Unit {
  readonly leases: readonly Lease[];
  readonly visibilityTimeoutS: number;
  /** Asked before each call: whether it still is to be made. */
  readonly begin: () => boolean;
  /** Told of a message that SQS surely left as it was. */
  readonly refused: (index: number) => void;
  outcomes: readonly VisibilityOutcome[];
}

const LINGER_MS = 10;
const MAX_CALLS = 8;
const GONE_CODES = ['ReceiptHandleIsInvalid', 'MessageNotInflight', 'InvalidParameterValue'];

/** Tries of a renewal; the next beat makes another. */
const RENEWAL = { maxAttempts: 3, retryBaseMs: 100 };
/**
 * Tries of a release. The messages of a group become visible a second later at the earliest; asked again for all of
 * them before that, those that were taken stay invisible until the last one is taken as well.
 */
const RELEASE = { maxAttempts: 25, retryBaseMs: 20, retryCapMs: 200 };

export interface VisibilityChangerDependencies {
  readonly queue: BrokerQueue;
  readonly clock: Clock;
  /** What lingering and the pauses before a retry go by. */
  readonly realTime: Clock;
  readonly outage: OutageLog;
}

/** Keeps messages invisible for longer, or makes them visible sooner. */
export class VisibilityChanger {
  readonly #renewals: EntryBatcher<Unit>;
  /** Apart from renewals, so that those which stall hold no release up. */
  readonly #releases: EntryBatcher<Unit>;

  constructor(private readonly parts: VisibilityChangerDependencies) {
    const shared = {
      send: (units: readonly Unit[]) => this.#send(units),
      retryable: isTransient,
      maxEntries: MAX_BATCH_ENTRIES,
      // Entries of a call, all units together.
      maxBytes: MAX_BATCH_ENTRIES,
      lingerMs: LINGER_MS,
      eager: false,
      maxCalls: MAX_CALLS,
      clock: parts.realTime,
    };
    this.#renewals = new EntryBatcher({ ...shared, ...RENEWAL });
    this.#releases = new EntryBatcher({ ...shared, ...RELEASE });
  }

  /** Keeps messages invisible for so many seconds from now. Outcomes by position. */
  renew(leases: readonly Lease[], visibilityTimeoutS: number): Promise<VisibilityOutcome[]> {
    const unit = (part: readonly Lease[]): Unit => ({
      leases: part,
      visibilityTimeoutS,
      // A process may have stood still, or waited for a retry: what may be somebody else's since is not touched.
      begin: () => {
        const nowMs = this.parts.clock.monotonicMs();
        return part.some((lease) => isRenewable(lease, nowMs));
      },
      refused: () => undefined,
      outcomes: [],
    });
    return inParts(leases, (part) => settle(this.#renewals, unit(part)));
  }

  /**
   * Has messages that are being released become visible in so many seconds, 0 for at once. In one call, and in their order where
   * they are more than a call takes: a receive then brings the first ten, which keep the rest back.
   *
   * A release ends when one of the messages is received again here: what it was to do has happened.
   */
  release(leases: readonly Lease[], visibilityTimeoutS: number): Promise<VisibilityOutcome[]> {
    return inParts(leases, (part) => {
      const expiries = part.map(({ expiresAtMs }) => expiresAtMs);
      const unit: Unit = {
        leases: part,
        visibilityTimeoutS,
        begin: () => {
          const nowMs = this.parts.clock.monotonicMs();
          const ended = expiries.every((expiresAtMs) => expiresAtMs <= nowMs);
          if (ended || part.some(({ state }) => state !== 'releasing')) return false;
          // Whatever comes of the call, they may be somebody else's from then on.
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
      const answer = await this.parts.queue.changeVisibility(changes);
      this.parts.outage.succeeded();
      return answer;
    } catch (error) {
      this.parts.outage.failed(error);
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
