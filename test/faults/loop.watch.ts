const LOOK_INTERVAL_MS = 50;

/** How long this process stood still at most, as on a machine that has too much else to do: it renews no lease meanwhile. */
export class LoopWatch {
  #longestMs = 0;
  #lookedMs = performance.now();
  readonly #timer: NodeJS.Timeout;

  /** @param onLonger told of each standstill that was longer than those before it. */
  constructor(private readonly onLonger: (ms: number) => void) {
    this.#timer = setInterval(() => this.#look(), LOOK_INTERVAL_MS).unref();
  }

  stop(): void {
    this.#look();
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    const stoodMs = nowMs - this.#lookedMs - LOOK_INTERVAL_MS;
    this.#lookedMs = nowMs;
    if (stoodMs <= this.#longestMs) return;
    this.#longestMs = stoodMs;
    this.onLonger(stoodMs);
  }
}
