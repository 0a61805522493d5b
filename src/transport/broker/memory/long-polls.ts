import type { Clock, StopTimer } from '../../clock.js';
import type { BrokerMessage, ReceiveRequest } from '../broker.queue.js';

interface Waiting {
  readonly request: ReceiveRequest;
  readonly end: (messages: readonly BrokerMessage[]) => void;
  readonly fail: (error: unknown) => void;
}

/** The receives of one queue that wait for a message. */
export class LongPolls {
  readonly #waiting = new Set<Waiting>();
  #stopTimer: StopTimer | undefined;

  constructor(private readonly clock: Clock) {}

  wait(request: ReceiveRequest): Promise<readonly BrokerMessage[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly BrokerMessage[]>();
    const { signal } = request;
    const abort = (): void => waiting.fail(signal?.reason);
    const over = (): void => {
      stopTimer();
      signal?.removeEventListener('abort', abort);
      this.#waiting.delete(waiting);
    };
    const waiting: Waiting = {
      request,
      end: (messages) => {
        over();
        resolve(messages);
      },
      fail: (error) => {
        over();
        reject(error);
      },
    };
    const stopTimer = this.clock.after(request.waitTimeS * 1000, () => waiting.end([]));
    signal?.addEventListener('abort', abort);
    this.#waiting.add(waiting);
    if (signal?.aborted) abort();
    return promise;
  }

  /** Hands messages to those that wait, first come first served. */
  serve(take: (request: ReceiveRequest) => readonly BrokerMessage[]): void {
    for (const waiting of this.#waiting) {
      const found = take(waiting.request);
      if (found.length > 0) waiting.end(found);
    }
  }

  /**
   * Calls back when the next message becomes visible. Without a waiting poll it does nothing.
   *
   * @param nextVisibleMs by `Clock.monotonicMs`; Infinity where none will.
   */
  serveAt(nextVisibleMs: (nowMs: number) => number, serve: () => void): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#waiting.size === 0) return;
    const nowMs = this.clock.monotonicMs();
    const nextMs = nextVisibleMs(nowMs);
    if (nextMs < Infinity) this.#stopTimer = this.clock.after(nextMs - nowMs, serve);
  }

  /** Ends all that wait: with nothing, or with the error. */
  end(error?: Error): void {
    for (const waiting of this.#waiting) {
      if (error) waiting.fail(error);
      else waiting.end([]);
    }
  }
}
