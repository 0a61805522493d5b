import type { Clock } from '../../clock.js';
import type { BrokerMessage, ReceiveRequest } from '../broker.queue.js';

/** Answers a receive; with the error, where there is one. */
type End = (messages: readonly BrokerMessage[], error?: unknown) => void;

/** The receives of one queue that wait for a message. */
export class LongPolls {
  readonly #open = new Map<End, ReceiveRequest>();

  constructor(private readonly clock: Clock) {}

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

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

  /** Hands messages to those that wait, first come first served. */
  serve(take: (request: ReceiveRequest) => readonly BrokerMessage[]): void {
    for (const [end, request] of this.#open) {
      const found = take(request);
      if (found.length > 0) end(found);
    }
  }

  /** Ends all that wait: with nothing, or with the error. */
  endAll(error?: Error): void {
    for (const end of this.#open.keys()) end([], error);
  }
}
