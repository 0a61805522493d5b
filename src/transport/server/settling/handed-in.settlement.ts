import type { Clock } from '../../clock.js';
import { NotRunError } from '../../errors/index.js';
import type { TransportObserver } from '../../transport.observer.js';
import type { Lease } from '../leases/lease.js';
import type { MessageSettlement } from './message.settlement.js';

/** `handled`: done. `refused`: it can never be handled and must not be redelivered. `retry`: it must be redelivered. */
export type Outcome = 'handled' | 'refused' | 'retry';

type Settle = (outcome: Outcome) => void;

/** What the caller of a message waits for, and whether it still does. */
interface Watch {
  readonly settle: Settle;
  readonly waits: (() => boolean) | undefined;
}

/** The dependencies of a `HandedInSettlement`. */
interface HandedInDependencies {
  readonly queue: string;
  readonly clock: Clock;
  readonly observer: TransportObserver | undefined;
  /** Decides what happens to a message whose handler failed. */
  readonly judge: (
    lease: Lease,
    pattern: string | undefined,
    error: unknown,
  ) => Outcome | Promise<Outcome>;
}

/**
 * Settles messages by the answer to the caller that handed them in, such as Lambda's event source or SNS over HTTP. The
 * caller redelivers messages that were not handled. A lease ends when the caller stops waiting.
 */
export class HandedInSettlement implements MessageSettlement {
  readonly #watching = new WeakMap<Lease, Watch>();

  constructor(private readonly dependencies: HandedInDependencies) {}

  /**
   * Calls `settle` once, with the outcome of the message.
   *
   * @param waits whether the caller still waits by its own account; nothing is begun once it does not. By default it does.
   */
  watch(lease: Lease, settle: Settle, waits?: () => boolean): void {
    this.#watching.set(lease, { settle, waits });
  }

  holds(lease: Lease): boolean {
    if (this.#isInTime(lease) && (this.#watching.get(lease)?.waits?.() ?? true)) return true;
    // In a process that stood still, the timer may not have fired yet.
    if (lease.state === 'held') lease.lose();
    return false;
  }

  startable(lease: Lease): boolean {
    return this.holds(lease);
  }

  ack(lease: Lease): Promise<boolean> {
    const { queue, observer } = this.dependencies;
    // What is handled is settled whatever the caller's own clock says: it may have been set meanwhile.
    const inTime = this.#isInTime(lease);
    if (inTime) observer?.acknowledged?.({ queue, messages: 1 });
    return this.#end(lease, inTime ? 'handled' : 'retry');
  }

  async fail(lease: Lease, pattern: string | undefined, error: unknown): Promise<boolean> {
    // Not a failure: the consumer that has the message now decides.
    if (error instanceof NotRunError && !this.holds(lease)) return this.#end(lease, 'retry');
    const outcome = await this.dependencies.judge(lease, pattern, error);
    return outcome === 'handled' ? this.ack(lease) : this.#end(lease, outcome);
  }

  #isInTime(lease: Lease): boolean {
    return lease.isHeldAt(this.dependencies.clock.monotonicMs());
  }

  #end(lease: Lease, outcome: Outcome): Promise<boolean> {
    if (lease.state === 'held') lease.state = 'ended';
    this.#watching.get(lease)?.settle(outcome);
    return Promise.resolve(outcome !== 'retry');
  }
}
