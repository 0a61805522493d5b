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
import { ReleaseUnit } from './release.unit.js';
import type { SlowestCall } from './slowest.call.js';
import type { VisibilityOutcome, VisibilityUnit } from './visibility.unit.js';

/** Seconds that the messages of a group stay invisible when they are released, at the least and at the most. */
const GROUP_DELAY_S = { min: 1, max: 10 };
/** Calls that a group's messages stay invisible for: one that is refused, one that puts it right, and two to spare. */
const GROUP_DELAY_CALLS = 4;
/** Milliseconds between two tries at most. */
const MAX_PAUSE_MS = 200;
const LINGER_MS = 10;
const MAX_CALLS = 8;
const GONE_CODES = ['ReceiptHandleIsInvalid', 'MessageNotInflight', 'InvalidParameterValue'];

/** Tries of a renewal; the next heartbeat tries again. */
const RENEWAL = { maxAttempts: 3, retryBaseMs: 100 };
/**
 * Tries of a release. Each keeps the messages of a group that were taken invisible until the last one is taken too, so
 * there are as many as a large group needs of which many are refused.
 */
const RELEASE = { maxAttempts: 100, retryBaseMs: 20, retryCapMs: MAX_PAUSE_MS };

interface VisibilityChangerDependencies {
  readonly queue: BrokerQueue;
  readonly clock: Clock;
  /** Times the linger and the pauses before retries. */
  readonly realTime: Clock;
  readonly outage: OutageLog;
  readonly slowest: SlowestCall;
}

/** Keeps messages invisible for longer, or makes them visible sooner. */
export class VisibilityChanger {
  readonly #renewals: EntryBatcher<VisibilityUnit>;
  /** Separate from renewals, so that stalled renewals delay no release. */
  readonly #releases: EntryBatcher<VisibilityUnit>;

  constructor(private readonly dependencies: VisibilityChangerDependencies) {
    const shared = {
      send: (units: readonly VisibilityUnit[]) => this.#send(units),
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

  /**
   * Minimum seconds that several messages of a group stay invisible when they are released. If one is refused, this
   * leaves time to learn of it and to repeat the call for all, before SQS delivers the group without it.
   */
  get groupDelayS(): number {
    const seconds = Math.ceil(
      (GROUP_DELAY_CALLS * (this.dependencies.slowest.ms + MAX_PAUSE_MS)) / 1000,
    );
    return Math.min(GROUP_DELAY_S.max, Math.max(GROUP_DELAY_S.min, seconds));
  }

  /**
   * Keeps messages invisible for `visibilityTimeoutS` seconds from now.
   *
   * @param onChanged called for each message that SQS has changed, as soon as it says so: when a call is repeated because another
   * message was refused, it may refuse this one, which stays invisible all the same.
   * @returns outcomes of the last call, by position.
   */
  async renew(
    leases: readonly Lease[],
    visibilityTimeoutS: number,
    onChanged: (lease: Lease) => void = () => undefined,
  ): Promise<VisibilityOutcome[]> {
    const unit = (part: readonly Lease[]): VisibilityUnit => ({
      leases: part,
      visibilityTimeoutS,
      // The process may have stood still or waited for a retry; a message that another process may have is not touched.
      begin: () => {
        const nowMs = this.dependencies.clock.monotonicMs();
        return part.some((lease) => isRenewable(lease, nowMs));
      },
      answered(outcomes) {
        this.outcomes = outcomes;
        part.forEach((lease, index) => {
          if (outcomes[index] === 'changed') onChanged(lease);
        });
      },
      outcomes: [],
    });
    const outcomes = await inParts(leases, (part) => settle(this.#renewals, unit(part)));
    return outcomes.flat();
  }

  /**
   * Makes messages that are being released visible after `visibilityTimeoutS` seconds, 0 for at once; several after
   * `groupDelayS` at the earliest. They go into one call, or in order into several: a receive then takes the first ten,
   * which block the rest of their group.
   *
   * A release ends when one of its messages is received again here, as it is visible then.
   *
   * @returns the seconds after which all are visible, as SQS was last told.
   */
  async release(leases: readonly Lease[], visibilityTimeoutS: number): Promise<number> {
    const { clock } = this.dependencies;
    const seconds = (): number =>
      leases.length > 1 ? Math.max(this.groupDelayS, visibilityTimeoutS) : visibilityTimeoutS;
    const timing = { nowMs: () => clock.monotonicMs(), seconds };
    const delays = await inParts(leases, async (part) => {
      const unit = new ReleaseUnit(part, timing);
      await settle(this.#releases, unit);
      return unit.visibilityTimeoutS;
    });
    return Math.max(0, ...delays);
  }

  /** Changes nothing any more: what waits or comes later counts as refused. */
  stop(error: Error): void {
    this.#renewals.stop(error);
    this.#releases.stop(error);
  }

  async flush(): Promise<void> {
    await Promise.all([this.#renewals.flush(), this.#releases.flush()]);
  }

  async #send(units: readonly VisibilityUnit[]): Promise<EntryOutcome[]> {
    const begun = units.filter((unit) => unit.begin());
    const answered = begun.length === 0 ? [] : await this.#call(begun);
    let position = 0;
    for (const unit of begun) {
      const own = answered.slice(position, (position += unit.leases.length));
      unit.answered(own.map(outcomeOf));
    }
    return units.map((unit) => {
      const failed = begun.includes(unit) && unit.outcomes.includes('failed');
      return failed ? { ok: false, retryable: true, error: REFUSED } : { ok: true };
    });
  }

  async #call(units: readonly VisibilityUnit[]): Promise<EntryOutcome[]> {
    const changes = units.flatMap(({ leases, visibilityTimeoutS }) =>
      leases.map(({ receiptHandle }) => ({ receiptHandle, visibilityTimeoutS })),
    );
    const { queue, outage, slowest } = this.dependencies;
    try {
      const answer = await slowest.watch(() => queue.changeVisibility(changes));
      outage.succeeded();
      return answer;
    } catch (error) {
      outage.failed(error);
      for (const unit of units) unit.outcomes = [];
      throw error;
    }
  }
}

/** One part after another, each as many messages as one call changes. */
async function inParts<T>(
  leases: readonly Lease[],
  change: (part: readonly Lease[]) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const part of chunksOf(leases, MAX_BATCH_ENTRIES)) results.push(await change(part));
  return results;
}

async function settle(
  batcher: EntryBatcher<VisibilityUnit>,
  unit: VisibilityUnit,
): Promise<VisibilityOutcome[]> {
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
