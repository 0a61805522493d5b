import {
  passesByItself,
  type Clock,
  type StopTimer,
  type TimerCallback,
} from '../../../src/transport/clock.js';

/** What the whole run has in common: it counts steps, and says who dies at which. */
export interface Fate {
  readonly clock: Clock;
  /** Whether the process that takes this step dies of it. */
  step(process: number, what: string): 'lives' | 'dies';
}

/** Nothing goes on behind it. A new one each time: what waits for it is forgotten. */
const never = (): Promise<never> => new Promise(() => undefined);

/** One process, from its start to its crash: after that nothing it does has an effect, and no answer reaches it. */
export class Life implements Clock {
  readonly #timers = new Set<StopTimer>();
  #ended = false;

  constructor(
    readonly id: number,
    private readonly fate: Fate,
    private readonly onCrash: (life: Life) => void,
  ) {
    passesByItself(this);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** A step at which the process may die; it goes on only if it lives. */
  async pass(what: string): Promise<void> {
    if (!this.#ended && this.fate.step(this.id, what) === 'dies') this.#crash();
    if (this.#ended) await never();
  }

  /** An effect on the world, and its answer: the process may die before, and between the two. */
  async call<T>(what: string, effect: () => Promise<T>): Promise<T> {
    await this.pass(`calls ${what}`);
    const answer = await effect();
    await this.pass(`is answered by ${what}`);
    return answer;
  }

  /** Some time passes in it; once it has died, the rest of it never does. */
  async takes(durationMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.after(durationMs, resolve);
    await promise;
  }

  /** Ends of itself, as a process does whose start fails. */
  fail(reason: string): void {
    if (this.#ended) return;
    this.fate.step(this.id, reason);
    this.#crash();
  }

  /** It is over, and was meant to be. */
  end(): void {
    this.#ended = true;
    for (const stop of this.#timers) stop();
    this.#timers.clear();
  }

  now(): number {
    return this.fate.clock.now();
  }

  monotonicMs(): number {
    return this.fate.clock.monotonicMs();
  }

  after(delayMs: number, callback: TimerCallback): StopTimer {
    if (this.#ended) return () => undefined;
    const stop = this.fate.clock.after(delayMs, () => {
      this.#timers.delete(stop);
      return callback();
    });
    this.#timers.add(stop);
    return () => {
      this.#timers.delete(stop);
      stop();
    };
  }

  every(intervalMs: number, callback: TimerCallback): StopTimer {
    if (this.#ended) return () => undefined;
    const stop = this.fate.clock.every(intervalMs, callback);
    this.#timers.add(stop);
    return () => {
      this.#timers.delete(stop);
      stop();
    };
  }

  #crash(): void {
    this.end();
    this.onCrash(this);
  }
}
