import type { Clock, StopTimer } from '../../clock.js';
import type { BrokerMessage, ReceiveRequest } from '../broker.queue.js';

/** Answers a receive with messages, or with an error. */
type End = (messages: readonly BrokerMessage[], error?: unknown) => void;

/** The receives of one queue that wait for a message. */
export class LongPolls {
  readonly #open = new Map<End, ReceiveRequest>();
  #stopTimer: StopTimer | undefined;

  constructor(private readonly clock: Clock) {}

  wait(request: ReceiveRequest): Promise<readonly BrokerMessage[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly BrokerMessage[]>();
    const { signal, waitTimeS } = request;
    const end: End = (messages, error) => {
      stopTimer();
      signal?.removeEventListener('abort', abort);
      this.#open.delete(end);
      if (error === undefined) resolve(messages);
      else reject(error);
    };
    const abort = (): void => end([], signal?.reason);
    const stopTimer = this.clock.after(waitTimeS * 1000, () => end([]));
    signal?.addEventListener('abort', abort);
    this.#open.set(end, request);
    if (signal?.aborted) abort();
    return promise;
  }

  /**
   * Hands messages to those that wait, first come first served; again when the next message becomes visible.
   *
   * @param nextVisibleMs when that is, by the clock's `monotonicMs`; infinite if no message is invisible.
   */
  serve(
    take: (request: ReceiveRequest) => readonly BrokerMessage[],
    nextVisibleMs: (nowMs: number) => number,
  ): void {
    for (const [end, request] of this.#open) {
      const found = take(request);
      if (found.length > 0) end(found);
    }
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#open.size === 0) return;
    const nowMs = this.clock.monotonicMs();
    const nextMs = nextVisibleMs(nowMs);
    if (nextMs === Infinity) return;
    this.#stopTimer = this.clock.after(nextMs - nowMs, () => this.serve(take, nextVisibleMs));
  }

  /** Ends all of them, with no message or with an error. */
  endAll(error?: Error): void {
    for (const end of this.#open.keys()) end([], error);
  }
}
