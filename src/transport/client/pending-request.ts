import type { WritePacket } from '@nestjs/microservices';

import type { ReplyPart } from '../codec/reply.codec.js';
import { InvalidMessageError, RequestFailedError } from '../errors/index.js';

/** Parts that came before those that precede them: an answer of more is none that a queue reordered. */
const MAX_EARLY_PARTS = 10_000;

/** Of a request's time: after so much of it without an answer, the poll that should have brought one is not relied on. */
const PATIENCE_SHARE = 1 / 6;
const MIN_PATIENCE_MS = 250;
const MAX_PATIENCE_MS = 10_000;

/** One `send` that waits for its answer: puts the parts in order and hands them on. */
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

  /** Milliseconds a poll may bring nothing before another one takes over from it. */
  get patienceMs(): number {
    const { timeoutMs } = this;
    return Math.min(MAX_PATIENCE_MS, Math.max(MIN_PATIENCE_MS, timeoutMs * PATIENCE_SHARE));
  }

  /** Whether nothing has come for so long that the answer may be stuck on its way. */
  isOverdue(nowMs: number): boolean {
    return nowMs >= this.#expiresAtMs - this.timeoutMs + this.patienceMs;
  }

  /** Its time counts from now: what came before, such as a first look at the topology, was not the request's. */
  restart(nowMs: number): void {
    this.#expiresAtMs = nowMs + this.timeoutMs;
  }

  /** Parts of the answer handed on. */
  get parts(): number {
    return this.#next;
  }

  /** Takes a part; true when the answer is complete. A part that came twice counts once. */
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
    // JSON has no undefined: a part without a response is such a value, unless it only says that there are no more.
    // Then it is the last, whatever another part says: a forged answer would otherwise end twice.
    if (sequence === total) {
      this.callback({ isDisposed: true });
      return true;
    }
    const isDisposed = this.#total !== undefined && this.#next >= this.#total;
    this.callback({ response, isDisposed });
    return isDisposed;
  }
}
