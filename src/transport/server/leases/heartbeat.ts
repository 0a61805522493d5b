import type { Clock, StopTimer } from '../../clock.js';
import type { Lease } from './lease.js';
import { isOurs, type LeaseRegistry } from './lease.registry.js';
import type { VisibilityChanger } from './visibility.changer.js';

// Six checks in a lease: after the first one within the last third, one more is left to retry.
const BEATS_PER_LEASE = 6;
const MIN_INTERVAL_MS = 100;

/** Renews the leases of one queue for as long as their handlers run. One timer a queue. */
export class Heartbeat {
  #stopTimer: StopTimer | undefined;

  constructor(
    private readonly leases: LeaseRegistry,
    private readonly visibility: VisibilityChanger,
    private readonly visibilityTimeoutS: number,
    private readonly clock: Clock,
  ) {}

  start(): void {
    const intervalMs = Math.max(
      MIN_INTERVAL_MS,
      (this.visibilityTimeoutS * 1000) / BEATS_PER_LEASE,
    );
    this.#stopTimer ??= this.clock.every(intervalMs, () => this.beat());
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** Checks every lease: expired ones are marked lost, those about to expire are renewed. */
  async beat(): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    this.leases.expire(nowMs);
    await Promise.all(this.leases.renewable(nowMs).map((unit) => this.#renew(unit, nowMs)));
  }

  async #renew(unit: readonly Lease[], nowMs: number): Promise<void> {
    const handles = new Map(unit.map((lease) => [lease, lease.receiptHandle]));
    const isSame = (lease: Lease): boolean => lease.receiptHandle === handles.get(lease);
    const renewing = this.visibility.renew(unit, this.visibilityTimeoutS, (lease) => {
      if (isOurs(lease) && isSame(lease))
        this.leases.renewed(lease, nowMs, this.clock.monotonicMs());
    });
    const renewal = renewing.then(() => undefined);
    for (const lease of unit) lease.renewal = renewal;
    const outcomes = await renewing;
    unit.forEach((lease, index) => {
      if (lease.renewal === renewal) lease.renewal = undefined;
      // SQS no longer knows the handle if the lease expired or the message was deleted meanwhile. After any other
      // failure the lease simply runs out.
      const isGone = outcomes[index] === 'gone' && isSame(lease);
      if (isGone && lease.state === 'held') this.leases.lose(lease);
    });
  }
}
