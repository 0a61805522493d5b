import type { Lease } from './lease.js';
import type { VisibilityOutcome, VisibilityUnit } from './visibility.unit.js';

/** Until when a message is this process's, by `Clock.monotonicMs`. */
interface Ours {
  /** Certainly, whatever became of calls without an answer. */
  readonly certainMs: number;
  /** Possibly: a call without an answer may not have arrived. */
  readonly possibleMs: number;
}

interface ReleaseTiming {
  readonly nowMs: () => number;
  /** Seconds that the messages stay invisible when they are asked for now. */
  readonly seconds: () => number;
}

/**
 * Messages that become visible by one call. If SQS refuses one of them, all are asked for again: those that were taken
 * stay invisible for as long again, so that none becomes visible before the others.
 */
export class ReleaseUnit implements VisibilityUnit {
  outcomes: readonly VisibilityOutcome[] = [];
  visibilityTimeoutS = 0;
  readonly #leaseEndsMs: readonly number[];
  #ours: readonly Ours[];
  /** What was known before the last call. */
  #before: readonly Ours[];
  #visibleAtMs = 0;

  constructor(
    readonly leases: readonly Lease[],
    private readonly timing: ReleaseTiming,
  ) {
    this.#leaseEndsMs = leases.map(({ expiresAtMs }) => expiresAtMs);
    this.#ours = this.#leaseEndsMs.map((endMs) => ({ certainMs: endMs, possibleMs: endMs }));
    this.#before = this.#ours;
  }

  /** No call once every message may be another's, or one of them is no longer being released. */
  begin(): boolean {
    const nowMs = this.timing.nowMs();
    const ended = this.#ours.every(({ possibleMs }) => possibleMs <= nowMs);
    if (ended || this.leases.some(({ state }) => state !== 'releasing')) return false;
    this.visibilityTimeoutS = this.timing.seconds();
    this.#visibleAtMs = nowMs + this.visibilityTimeoutS * 1000;
    this.#before = this.#ours;
    // Whatever becomes of the call, another process may have them from then on.
    this.#know(({ certainMs, possibleMs }) => ({
      certainMs: Math.min(certainMs, this.#visibleAtMs),
      possibleMs,
    }));
    return true;
  }

  /** What SQS refused is as the calls before have left it; what it changed is invisible from this call on. */
  answered(outcomes: readonly VisibilityOutcome[]): void {
    this.outcomes = outcomes;
    this.#know((now, index) => {
      if (outcomes[index] === 'failed') return this.#before[index] ?? now;
      const endMs = Math.min(this.#leaseEndsMs[index] ?? 0, this.#visibleAtMs);
      return outcomes[index] === 'changed'
        ? { certainMs: endMs, possibleMs: this.#visibleAtMs }
        : now;
    });
  }

  #know(learn: (known: Ours, index: number) => Ours): void {
    this.#ours = this.#ours.map(learn);
    this.leases.forEach((lease, index) => {
      const { certainMs = 0 } = this.#ours[index] ?? {};
      if (lease.state === 'releasing') lease.expiresAtMs = certainMs;
    });
  }
}
