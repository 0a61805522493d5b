import type { Followers, Lease } from '../leases/lease.js';
import type { Dispatcher, DispatcherDependencies, DispatcherPhase } from './dispatcher.js';

/**
 * Handles groups concurrently, and one message at a time within a group. A message that stays on the queue (it failed,
 * its lease was lost, it could not be deleted) blocks its group: its followers are released with it, so that SQS
 * redelivers them behind it.
 *
 * SQS delivers a group as soon as any message of it is visible, whatever else
 * of it is in flight. So a message and its followers become visible by one call, at one time,
 * and none of them while one before it runs.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export class FifoDispatcher implements Dispatcher {
  readonly #groups = new Map<string, FifoGroup>();
  #phase: DispatcherPhase = 'open';

  constructor(
    private readonly dependencies: DispatcherDependencies & { readonly now: () => number },
  ) {}

  dispatch(leases: readonly Lease[]): void {
    for (const [name, received] of Map.groupBy(leases, ({ group }) => group ?? '')) {
      const group = this.#groups.get(name) ?? new FifoGroup();
      this.#groups.set(name, group);
      group.add(received, this.dependencies.now());
      if (!group.active) void this.#run(name, group);
    }
  }

  drain(): void {
    this.#phase = 'draining';
  }

  release(): void {
    this.#phase = 'releasing';
    for (const [name, group] of this.#groups) if (!group.active) void this.#run(name, group);
  }

  async #run(name: string, group: FifoGroup): Promise<void> {
    group.active = true;
    for (let lease = this.#next(group); lease; lease = this.#next(group)) {
      group.begin(lease);
      lease.followers = group;
      const goesOn = await this.dependencies.work(lease, group.waiting);
      // Followers that were taken are being released with the message before them; those waiting now are newer.
      if (!goesOn && !group.isTaken) await this.#release(group);
    }
    if (this.#phase === 'releasing') await this.#release(group);
    group.active = false;
    // Messages that came while the last ones were released are next.
    if (group.waiting.length > 0 && this.#phase !== 'draining') void this.#run(name, group);
    else if (group.waiting.length === 0) this.#groups.delete(name);
  }

  /** While draining, a group goes on up to a message that SQS would not redeliver. */
  #next({ waiting }: FifoGroup): Lease | undefined {
    return this.#phase === 'open' || waiting.some(this.dependencies.isLast)
      ? waiting.shift()
      : undefined;
  }

  async #release(group: FifoGroup): Promise<void> {
    const leases = group.take();
    if (leases.length > 0) await this.dependencies.release(leases);
  }
}

/** The messages of one group that this process holds, in order. */
class FifoGroup implements Followers {
  /** Messages that were not started. */
  readonly waiting: Lease[] = [];
  active = false;
  #current: Lease | undefined;
  #releasing: Lease[] = [];

  /** Whether the current message's followers were taken, to be released with it. */
  get isTaken(): boolean {
    return this.#releasing.length > 0;
  }

  begin(lease: Lease): void {
    this.#current = lease;
    this.#releasing = [];
  }

  /**
   * Adds newer messages. Followers that were being released, and whose leases surely still hold, go before them again:
   * the arrival shows that SQS delivers the group, and it would deliver the followers behind them.
   */
  add(received: readonly Lease[], nowMs: number): void {
    const kept = this.#releasing.filter(
      ({ state, expiresAtMs }) => state === 'releasing' && expiresAtMs > nowMs,
    );
    for (const lease of kept) lease.reclaim('held');
    this.waiting.push(...kept, ...received);
    this.waiting.sort(bySequence);
  }

  take(): Lease[] {
    const taken = this.waiting.splice(0);
    this.#releasing = this.#current ? [this.#current, ...taken] : taken;
    return taken;
  }
}

/** Without sequence numbers the order of arrival stays. */
function bySequence({ sequenceNumber: one }: Lease, { sequenceNumber: other }: Lease): number {
  if (one === undefined || other === undefined) return 0;
  return one.length - other.length || (one < other ? -1 : 1);
}
