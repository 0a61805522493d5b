import { passesByItself } from '../../src/transport/clock.js';
import { SimulatedClock } from '../simulation/simulated-clock.js';

/** What passes in one tick of about a millisecond. Leases of tests last a second or more, so that each takes many ticks. */
const TICK_MS = 20;

/**
 * Time for services over the broker in memory. It passes by itself, some twenty times as fast as the machine's, and a test
 * can let it pass at once. It counts ticks of this process: on a machine that is busy time is slow, and no lease runs out.
 */
export class BriskClock extends SimulatedClock {
  #passed: Promise<void> = Promise.resolve();
  #tick: NodeJS.Timeout | undefined;

  constructor() {
    super();
    this.wallAheadMs = Date.now();
    passesByItself(this);
  }

  start(): void {
    this.#tick = setTimeout(
      () => void this.pass(TICK_MS).then(() => this.#tick && this.start()),
      1,
    );
  }

  stop(): void {
    clearTimeout(this.#tick);
    this.#tick = undefined;
  }

  /** Fires what falls due in so many milliseconds, each at its time. */
  pass(ms: number): Promise<void> {
    this.#passed = this.#passed.then(async () => {
      const endMs = this.monotonicMs() + ms;
      await this.runUntil(() => false, ms);
      // A test may have had it stand still for longer meanwhile.
      this.stand(Math.max(0, endMs - this.monotonicMs()));
    });
    return this.#passed;
  }
}
