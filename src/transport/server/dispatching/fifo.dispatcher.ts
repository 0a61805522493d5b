import type { Followers, Lease } from '../leases/lease.js';
import type { Dispatcher, DispatcherDependencies, DispatcherPhase } from './dispatcher.js';

/**
 * Groups side by side, one message at a time within a group. A message that
 * stays on the queue (it failed, its lease was lost, it could not be deleted)
 * blocks its group: its followers are released with it, so that SQS hands
 * them out behind it again.
 *
 * SQS delivers a group as soon as any message of it is visible, whatever else
 * of it is in flight. So a message and its followers become visible by one call, at one time,
 * and none of them while one before it runs.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export class FifoDispatcher implements Dispatcher {
  readonly #groups = new Map<string, FifoGroup>();
  #phase: DispatcherPhase = 'open';

  constructor(private readonly parts: DispatcherDependencies & { readonly now: () => number }) {}

  dispatch(leases: readonly Lease[]): void {
    for (const [name, received] of Map.groupBy(leases, ({ group }) => group ?? '')) {
      const group = this.#groups.get(name) ?? new FifoGroup();
      this.#groups.set(name, group);
      group.add(received, this.parts.now());
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
      const goesOn = await this.parts.work(lease, group.waiting);
      // Taken, they are on their way back with the message they follow, and what waits now is newer.
      if (!goesOn && !group.isTaken) await this.#release(group);
    }
    if (this.#phase === 'releasing') await this.#release(group);
    group.active = false;
    // What came while the last of it was released is next.
    if (group.waiting.length > 0 && this.#phase !== 'draining') void this.#run(name, group);
    else if (group.waiting.length === 0) this.#groups.delete(name);
  }

  /** While draining, a group goes on as far as a message that SQS would not deliver again. */
  #next({ waiting }: FifoGroup): Lease | undefined {
    return this.#phase === 'open' || waiting.some(this.parts.isLast) ? waiting.shift() : undefined;
  }

  async #release(group: FifoGroup): Promise<void> {
    const leases = group.take();
    if (leases.length > 0) await this.parts.release(leases);
  }
}

/** The messages of one group that this process has in hand, in their order. */
class FifoGroup implements Followers {
  /** Those that were not started. */
  readonly waiting: Lease[] = [];
  active = false;
  #current: Lease | undefined;
  #releasing: Lease[] = [];

  /** Whether what followed the current message was taken, to be released with it. */
  get isTaken(): boolean {
    return this.#releasing.length > 0;
  }

  begin(lease: Lease): void {
    this.#current = lease;
    this.#releasing = [];
  }

  /**
   * Newer messages. What was on its way back, and is surely still ours, goes before them again: their
   * arrival says that SQS hands the group out, and it would hand that out behind them.
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

/** Where a broker numbers nothing, the order of arrival stays. */
function bySequence({ sequenceNumber: one }: Lease, { sequenceNumber: other }: Lease): number {
  if (one === undefined || other === undefined) return 0;
  return one.length - other.length || (one < other ? -1 : 1);
}
