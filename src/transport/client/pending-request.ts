import type { WritePacket } from '@nestjs/microservices';

import type { ReplyPart } from '../codec/reply.codec.js';
import { InvalidMessageError, RequestFailedError } from '../errors/index.js';

/** Parts held because an earlier one is missing; no reordering by a queue reaches this number. */
const MAX_EARLY_PARTS = 10_000;

/** Share of a request's time-out. After that long without an answer, the open poll is taken to hang. */
const PATIENCE_SHARE = 1 / 6;
const MIN_PATIENCE_MS = 250;
const MAX_PATIENCE_MS = 10_000;

/** One `send` that waits for its answer: puts the parts in order and passes them on. */
export class PendingRequest {
  readonly #early = new Map<number, ReplyPart>();
  #next = 0;
  #total: number | undefined;
  #expiresAtMs: number;

  /** @param timeoutMs milliseconds from now to the first part, and from each part to the next. */
  constructor(
    readonly timeoutMs: number,
    nowMs: number,
    private readonly callback: (packet: WritePacket) => void,
  ) {
    this.#expiresAtMs = nowMs + timeoutMs;
  }

  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  /** Milliseconds a poll may return nothing before another one takes over. */
  get patienceMs(): number {
    const { timeoutMs } = this;
    return Math.min(MAX_PATIENCE_MS, Math.max(MIN_PATIENCE_MS, timeoutMs * PATIENCE_SHARE));
  }

  /** Whether the answer is late enough that the poll receiving it may hang. */
  isOverdue(nowMs: number): boolean {
    return nowMs >= this.#expiresAtMs - this.timeoutMs + this.patienceMs;
  }

  /** Starts the time-out anew: earlier work, such as looking up the topology, does not count. */
  restart(nowMs: number): void {
    this.#expiresAtMs = nowMs + this.timeoutMs;
  }

  /** Number of parts passed on. */
  get parts(): number {
    return this.#next;
  }

  /** Takes a part; returns true when the answer is complete. A duplicate part counts once. */
  take(part: ReplyPart, nowMs: number): boolean {
    if (part.sequence < this.#next || this.#early.has(part.sequence)) return false;
    this.#expiresAtMs = nowMs + this.timeoutMs;
    if (this.#early.size >= MAX_EARLY_PARTS) {
      this.fail(
        new InvalidMessageError(
          `${MAX_EARLY_PARTS} parts of the answer arrived before part ${this.#next}`,
        ),
      );
      return true;
    }
    this.#early.set(part.sequence, part);
    this.#total ??= part.total;
    for (let ready = this.#early.get(this.#next); ready; ready = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      this.#next += 1;
      if (this.#deliver(ready)) return true;
    }
    return false;
  }

  fail(error: Error): void {
    this.callback({ err: error });
  }

  #deliver({ err, failure, response, sequence, total }: ReplyPart): boolean {
    if (failure) {
      this.callback({ err: new RequestFailedError(failure) });
      return true;
    }
    if (err) {
      this.callback({ err });
      return true;
    }
    // JSON has no undefined, so a part without a response is such a value, unless it only ends the answer. Then it is
    // the last part, whatever another part says: a forged answer could otherwise end twice.
    if (sequence === total) {
      this.callback({ isDisposed: true });
      return true;
    }
    const isDisposed = this.#total !== undefined && this.#next >= this.#total;
    this.callback({ response, isDisposed });
    return isDisposed;
  }
}
