import type { FailurePolicy } from '../server/failure.policy.js';
import type { Lease } from '../server/lease.js';
import type { MessageSettlement } from '../server/message.settlement.js';
import type { TransportObserver } from '../transport.observer.js';

/**
 * Settles messages of a Lambda event by the answer alone: the event source
 * deletes what was not reported failed, and shows the rest again. Their leases
 * end with the time of the invocation.
 */
export class EventSettlement implements MessageSettlement {
  constructor(
    private readonly queue: string,
    private readonly failures: FailurePolicy,
    private readonly observer: TransportObserver | undefined,
  ) {}

  startable(lease: Lease): boolean {
    return lease.state === 'held' && lease.expiresAtMs > Date.now();
  }

  ack(lease: Lease): Promise<boolean> {
    const inTime = lease.state === 'held';
    if (inTime) {
      lease.state = 'ended';
      this.observer?.acknowledged?.(this.queue, 1);
    }
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
    return false;
  }
}
