import type { Clock } from '../clock.js';
import type { FailurePolicy } from '../server/settling/failure.policy.js';
import type { Lease } from '../server/leases/lease.js';
import type { MessageSettlement } from '../server/settling/message.settlement.js';
import type { TransportObserver } from '../transport.observer.js';

type Settled = (lease: Lease, off: boolean) => void;

/**
 * Settles messages of a Lambda event by the answer alone: the event source
 * deletes what was not reported failed, and shows the rest again. Their leases
 * end with the time of the invocation.
 */
export class EventSettlement implements MessageSettlement {
  readonly #watching = new WeakMap<Lease, Settled>();

  constructor(
    private readonly queue: string,
    private readonly failures: FailurePolicy,
    private readonly observer: TransportObserver | undefined,
    private readonly clock: Clock,
  ) {}

  /** Has `settled` told once what became of the message; true when it is off the queue. */
  watch(lease: Lease, settled: Settled): void {
    this.#watching.set(lease, settled);
  }

  startable(lease: Lease): boolean {
    return lease.isHeldAt(this.clock.monotonicMs());
  }

  ack(lease: Lease): Promise<boolean> {
    const inTime = lease.state === 'held';
    if (inTime) {
      lease.state = 'ended';
      this.observer?.acknowledged?.(this.queue, 1);
    }
    this.#watching.get(lease)?.(lease, inTime);
    return Promise.resolve(inTime);
  }

  async fail(lease: Lease, pattern: string | undefined, error: unknown): Promise<boolean> {
    const action = this.failures.judge(lease, pattern, error);
    const off =
      action === 'discard' ||
      (action === 'deadLetter' &&
        lease.state === 'held' &&
        (await this.failures.deadLetter(lease, error)));
    if (off) return this.ack(lease);
    if (lease.state === 'held') lease.state = 'ended';
    this.#watching.get(lease)?.(lease, false);
    return false;
  }
}
