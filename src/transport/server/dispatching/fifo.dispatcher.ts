import type { Dispatcher, Work } from './dispatcher.js';
import type { Lease } from '../leases/lease.js';

/**
 * Groups side by side, one message at a time within a group. A message that
 * stays on the queue (it failed, its lease was lost, it could not be deleted)
 * blocks its group: its followers are given back with it, so that SQS hands
 * them out behind it again.
 *
 * SQS hands out a group as soon as any message of it can be seen, whatever else
 * of it is in flight. So followers are hidden in the same call and for as long
 * as the message they follow, and none is given back while one before it runs.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export class FifoDispatcher implements Dispatcher {
  readonly #groups = new Map<string, Lease[]>();
  #draining = false;

  constructor(
    private readonly work: Work,
    private readonly release: (lease: Lease, hiddenS: number) => void,
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

  drain(): void {
    this.#draining = true;
  }

  async #run(group: string): Promise<void> {
    const waiting = this.#groups.get(group) ?? [];
    const giveBack = (hiddenS: number): void =>
      waiting.splice(0).forEach((follower) => this.release(follower, hiddenS));
    for (let lease = waiting.shift(); lease; lease = waiting.shift()) {
      lease.onHidden = giveBack;
      if (!(await this.work(lease, waiting)) || this.#draining) giveBack(0);
    }
    this.#groups.delete(group);
  }
}
