import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { partialAnswer } from '../partial-answer.js';
import { abortedBy, asSdkExpects, timedOut } from './transport-errors.js';

/** An answer in the form of the SDK's deserializer. */
export interface Answer {
  readonly statusCode: number;
  readonly reason?: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** Below it an answer is only an interim one, such as 103. */
const FIRST_FINAL_STATUS = 200;

/** One call through undici: collects the answer, and ends early when aborted or timed out. */
export class DispatchedCall implements Dispatcher.DispatchHandler {
  readonly answer: Promise<{ response: Answer }>;
  readonly #resolve: (answer: { response: Answer }) => void;
  readonly #reject: (reason: Error) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #failure: Error | undefined;
  #settled = false;
  #statusCode = 0;
  #reason: string | undefined;
  #headers: Record<string, string> = {};

  constructor(requestTimeoutMs: number, signal: AbortSignal | undefined) {
    const { promise, resolve, reject } = Promise.withResolvers<{ response: Answer }>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    if (signal?.aborted === true) {
      this.#onAbort();
      return;
    }
    signal?.addEventListener('abort', this.#onAbort);
    if (requestTimeoutMs > 0) {
      this.#timer = setTimeout(() => this.#onTimeout(requestTimeoutMs), requestTimeoutMs);
    }
  }

  /** Whether it ended before it began. */
  get over(): boolean {
    return this.#failure !== undefined;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It may have ended while it waited for a connection.
    if (this.#failure) controller.abort(this.#failure);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: IncomingHttpHeaders,
    reason?: string,
  ): void {
    if (statusCode < FIRST_FINAL_STATUS) return;
    // The body gets as long as the head. A body that drips is never idle, so it is limited as a whole.
    this.#timer?.refresh();
    this.#statusCode = statusCode;
    this.#reason = reason;
    this.#headers = joined(headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#settle();
    const [first, ...rest] = this.#chunks;
    this.#resolve({
      response: {
        statusCode: this.#statusCode,
        ...(this.#reason === undefined ? {} : { reason: this.#reason }),
        headers: this.#headers,
        // Copied only if it came in parts.
        body: first && rest.length === 0 ? first : Buffer.concat(this.#chunks),
      },
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#settle();
    this.#reject(this.#failure ?? asSdkExpects(error));
  }

  readonly #onAbort = (): void => this.#fail(abortedBy(this.#signal));

  #fail(failure: Error): void {
    this.#failure = failure;
    this.#settle();
    this.#reject(failure);
    this.#controller?.abort(failure);
  }

  /** A process that stood still first reads what came meanwhile: sockets are read before the next immediate runs. */
  #onTimeout(requestTimeoutMs: number): void {
    const hadHead = this.#statusCode !== 0;
    setImmediate(() => {
      const hasHead = this.#statusCode !== 0;
      if (this.#settled || hasHead !== hadHead) return;
      this.#fail((hasHead ? partialAnswer : timedOut)(requestTimeoutMs));
    });
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** One string for each header, as from `node:http`. */
function joined(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) result[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return result;
}
