import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Subscription, type Observable } from 'rxjs';

import { isNotFound } from '../../broker/broker.errors.js';
import type { Clock } from '../../clock.js';
import type { ReplyAddress } from '../../codec/reply-address.js';
import { encodeReply, failureReply, type ReplyPart } from '../../codec/reply.codec.js';
import { MessageTooLargeError, type WeftError } from '../../errors/index.js';
import { retryTransient } from '../../retry-transient.js';
import { outgoingMessage } from '../../sender/outgoing-message.js';
import type { Sender } from '../../sender/sender.js';

/** Nest's answer in place of an internal error. */
const INTERNAL_ERROR = { status: 'error', message: 'Internal server error' } as const;

/** An Error has no JSON of its own, and a client treats an empty value as no error. */
const isTellable = (err: unknown): boolean => Boolean(err) && !(err instanceof Error);

/**
 * The answer to one request, sent in parts. An answer that cannot be delivered never fails the request, because the
 * caller has stopped waiting.
 */
export class Reply {
  readonly #logger = new Logger(Reply.name);
  readonly #sending: Promise<void>[] = [];
  #sequence = 0;
  #held: { readonly response: unknown } | undefined;
  #turn: NodeJS.Immediate | undefined;

  /** The latest time until which the caller waits. */
  readonly #endMs: number;

  constructor(
    private readonly sender: Sender,
    private readonly address: ReplyAddress,
    private readonly clock: Clock,
  ) {
    this.#endMs = clock.monotonicMs() + address.timeoutMs;
  }

  /** Whether a part was sent: running the handler again would answer twice. */
  get started(): boolean {
    return this.#sequence > 0;
  }

  /**
   * Sends each value as it comes. If the stream ends in the same turn as its last value, that part also ends the
   * answer, so an answer of one value is one message.
   *
   * @param beforeEnd runs when the stream has ended, before the answer is ended.
   * @returns resolves when all parts were passed on for sending; rejects with the handler's own error, or with that of
   * a value without JSON.
   */
  async stream(values: Observable<unknown>, beforeEnd?: () => Promise<void>): Promise<void> {
    try {
      await this.#consume(values);
    } catch (error) {
      this.#release();
      await Promise.all(this.#sending);
      throw error;
    }
    clearImmediate(this.#turn);
    if (beforeEnd) await beforeEnd();
    const last = this.#held;
    this.#held = undefined;
    const isEmpty = last?.response === undefined && this.#sequence === 0;
    this.#part(
      last && !isEmpty
        ? { response: last.response, total: this.#sequence + 1 }
        : { total: this.#sequence },
    );
    await Promise.all(this.#sending);
  }

  /** Ends an answer without any value. */
  async end(): Promise<void> {
    this.#part({ total: this.#sequence });
    await Promise.all(this.#sending);
  }

  /** Sends the reason why there is no answer. */
  async refuse({ code, message }: WeftError): Promise<void> {
    const part = failureReply(this.address.requestId, { code, message }, this.#sequence);
    this.#sequence += 1;
    await this.#send(encodeReply(part), part.sequence);
  }

  /** Ends the answer with the error that Nest's filters returned. */
  async fail(err: unknown): Promise<void> {
    const total = this.#sequence + 1;
    try {
      this.#part({ err: isTellable(err) ? err : INTERNAL_ERROR, total });
    } catch (error) {
      this.#logger.warn('Error of a handler is not JSON: the caller gets an internal error', {
        requestId: this.address.requestId,
        reason: String(error),
      });
      this.#part({ err: INTERNAL_ERROR, total });
    }
    await Promise.all(this.#sending);
  }

  #consume(values: Observable<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      const subscription = new Subscription();
      const attempt = (work: () => void): void => {
        try {
          work();
        } catch (error) {
          // Without JSON, the rest of this stream cannot be sent.
          this.#held = undefined;
          subscription.unsubscribe();
          reject(error);
        }
      };
      subscription.add(
        values.subscribe({
          next: (response) =>
            attempt(() => {
              this.#release();
              this.#held = { response };
              this.#turn = setImmediate(() => attempt(() => this.#release()));
            }),
          error: reject,
          complete: resolve,
        }),
      );
    });
  }

  /** Sends the value that was held until the next one or the end. */
  #release(): void {
    clearImmediate(this.#turn);
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#part(held);
  }

  /** Encodes before it counts: a value without JSON is not sent. */
  #part(part: Omit<ReplyPart, 'requestId' | 'sequence'>): void {
    const sequence = this.#sequence;
    const body = encodeReply({ requestId: this.address.requestId, sequence, ...part });
    this.#sequence += 1;
    this.#sending.push(this.#send(body, sequence));
  }

  async #send(body: string, sequence: number): Promise<void> {
    const { queueUrl, requestId } = this.address;
    const destination = { kind: 'queue', address: queueUrl, fifo: false } as const;
    const encoded = { body, attributes: {} };
    try {
      const message = outgoingMessage(randomUUID(), encoded, {}, {}, destination);
      // The work is done, so giving up would lose the answer; the caller may wait for longer than a sender retries.
      await retryTransient(
        this.clock,
        () => this.sender.send(destination, message),
        () => this.clock.monotonicMs() < this.#endMs,
      );
    } catch (error) {
      if (error instanceof MessageTooLargeError) return this.#replace(sequence, error);
      const gone = isNotFound(error);
      if (gone) this.sender.forget(queueUrl);
      this.#logger.warn('Answer not sent', {
        requestId,
        reason: gone ? 'its reply queue is gone' : String(error),
      });
    }
  }

  /** Replaces a part that is too large, so that the caller is told at once. */
  #replace(sequence: number, { code, message }: MessageTooLargeError): Promise<void> {
    const { requestId } = this.address;
    this.#logger.warn('Answer replaced by an error', { requestId, code, reason: message });
    return this.#send(encodeReply(failureReply(requestId, { code, message }, sequence)), sequence);
  }
}
