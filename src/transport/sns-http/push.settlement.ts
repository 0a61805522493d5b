import type { Clock } from '../clock.js';
import type { Lease } from '../server/leases/lease.js';
import type { FailurePolicy } from '../server/settling/failure.policy.js';
import type { MessageSettlement } from '../server/settling/message.settlement.js';
import type { TransportObserver } from '../transport.observer.js';

/** `handled`: it need not be redelivered. `refused`: it must not, as it can never be handled. `retry`: it has to. */
export type PushOutcome = 'handled' | 'refused' | 'retry';

type Settle = (outcome: PushOutcome) => void;

/** Settles messages by the answer to whoever handed them in. */
export class PushSettlement implements MessageSettlement {
  readonly #watching = new WeakMap<Lease, Settle>();

  constructor(
    private readonly queue: string,
    private readonly failures: FailurePolicy,
    private readonly observer: TransportObserver | undefined,
    private readonly clock: Clock,
  ) {}

  /** Has `settle` told once what became of the message. */
  watch(lease: Lease, settle: Settle): void {
    this.#watching.set(lease, settle);
  }

  startable(lease: Lease): boolean {
    return lease.isHeldAt(this.clock.monotonicMs());
  }

  ack(lease: Lease): Promise<boolean> {
    const inTime = lease.state === 'held';
    if (inTime) this.observer?.acknowledged?.(this.queue, 1);
    return this.#end(lease, inTime ? 'handled' : 'retry');
  }

  fail(lease: Lease, pattern: string | undefined, error: unknown): Promise<boolean> {
    const action = this.failures.judge(lease, pattern, error);
    return this.#end(lease, action === 'retry' ? 'retry' : 'refused');
  }

  #end(lease: Lease, outcome: PushOutcome): Promise<boolean> {
    if (lease.state === 'held') lease.state = 'ended';
    this.#watching.get(lease)?.(outcome);
    return Promise.resolve(outcome !== 'retry');
  }
}
