import type { Dispatcher, Work } from './dispatcher.js';
import type { Lease } from './lease.js';

/**
 * Groups side by side, one message at a time within a group. A message that
 * stays on the queue (it failed, its lease was lost, it could not be deleted)
 * blocks its group: its followers are given back with it, so that SQS hands
 * them out behind it again.
 */
export class FifoDispatcher implements Dispatcher {
  readonly #groups = new Map<string, Lease[]>();

  constructor(
    private readonly work: Work,
    private readonly release: (lease: Lease) => void,
  ) {}

  dispatch(lease: Lease): void {
    const group = lease.group ?? '';
    const waiting = this.#groups.get(group);
    if (waiting) {
      waiting.push(lease);
      return;
    }
    this.#groups.set(group, [lease]);
    void this.#run(group);
  }

  drain(): readonly Lease[] {
    return [...this.#groups.values()].flatMap((waiting) => waiting.splice(0));
  }

  async #run(group: string): Promise<void> {
    const waiting = this.#groups.get(group) ?? [];
    for (let lease = waiting.shift(); lease; lease = waiting.shift()) {
      if (!(await this.work(lease)))
        waiting.splice(0).forEach((follower) => this.release(follower));
    }
    this.#groups.delete(group);
  }
}
