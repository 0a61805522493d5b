import { subscribe } from 'node:diagnostics_channel';

/** What one run of one contender cost. */
export interface Measured {
  readonly cpuUsPerMessage: number;
  readonly messagesPerSecond: number;
  readonly callsPer1000: number;
  /** Of the requests, where the case makes requests. */
  readonly latenciesMs: readonly number[];
}

interface Watcher {
  /** The warm-up is over. */
  readonly onStart?: () => void;
  readonly onEnd?: () => void;
}

/** HTTP calls of this process, whoever makes them; retries count too. */
export class Calls {
  #count = 0;

  constructor() {
    const count = (): void => void (this.#count += 1);
    subscribe('http.client.request.start', count);
    subscribe('undici:request:create', count);
  }

  get count(): number {
    return this.#count;
  }
}

/** Measures from the end of the warm-up to the last message. */
export class Meter {
  readonly measured: Promise<Measured>;
  readonly #resolve: (measured: Measured) => void;
  readonly #calls = new Calls();
  readonly #latenciesMs: number[] = [];
  #count = 0;
  #callsBefore = 0;
  #cpu = process.cpuUsage();
  #startedMs = performance.now();

  constructor(
    private readonly warmUp: number,
    private readonly messages: number,
    private readonly watcher: Watcher = {},
  ) {
    const { promise, resolve } = Promise.withResolvers<Measured>();
    this.measured = promise;
    this.#resolve = resolve;
  }

  readonly done = (latencyMs?: number): void => {
    this.#count += 1;
    if (latencyMs !== undefined && this.#count > this.warmUp) this.#latenciesMs.push(latencyMs);
    if (this.#count === this.warmUp) this.#start();
    else if (this.#count === this.messages) this.#end();
  };

  #start(): void {
    this.watcher.onStart?.();
    this.#callsBefore = this.#calls.count;
    this.#cpu = process.cpuUsage();
    this.#startedMs = performance.now();
  }

  #end(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const elapsedMs = performance.now() - this.#startedMs;
    this.watcher.onEnd?.();
    const count = this.messages - this.warmUp;
    this.#resolve({
      cpuUsPerMessage: (user + system) / count,
      messagesPerSecond: (count * 1000) / elapsedMs,
      callsPer1000: ((this.#calls.count - this.#callsBefore) * 1000) / count,
      latenciesMs: this.#latenciesMs,
    });
  }
}
