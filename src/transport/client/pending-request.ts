import type { WritePacket } from '@nestjs/microservices';

import type { ReplyPart } from '../codec/reply.codec.js';

/** One `send` that waits for its answer: puts the parts in order and hands them on. */
export class PendingRequest {
  readonly #early = new Map<number, ReplyPart>();
  #next = 0;
  #total: number | undefined;

  constructor(
    readonly expiresAtMs: number,
    private readonly callback: (packet: WritePacket) => void,
  ) {}

  /** Takes a part; true when the answer is complete. A part that came twice counts once. */
  take(part: ReplyPart): boolean {
    if (part.sequence < this.#next || this.#early.has(part.sequence)) return false;
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

  #deliver({ err, response }: ReplyPart): boolean {
    if (err) {
      this.callback({ err });
      return true;
    }
    const isDisposed = this.#total !== undefined && this.#next >= this.#total;
    if (response === undefined) this.callback({ isDisposed: true });
    else this.callback({ response, isDisposed });
    return isDisposed || response === undefined;
  }
}
