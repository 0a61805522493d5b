import { SendBufferFullError } from '../errors/index.js';

export interface SendBufferLimits {
  readonly messages: number;
  readonly bytes: number;
}

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/**
 * Bounds the messages held in memory for sending. When it is full, further messages wait outside, first come first
 * served; a message larger than the whole buffer is sent alone. Callers may not await their messages, so those outside
 * are bounded too.
 */
export class SendBuffer {
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #messages = 0;
  #bytes = 0;
  #isFull = false;

  /** @param outside limits of the messages that wait for capacity. @defaultValue no limit */
  constructor(
    private readonly limits: SendBufferLimits,
    private readonly outside: SendBufferLimits = { messages: Infinity, bytes: Infinity },
  ) {}

  /** Whether a message was refused and none has been sent since. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /**
   * Undefined if there is capacity now, so that most messages need no promise.
   *
   * @throws SendBufferFullError when too many messages or bytes wait outside.
   */
  enter(bytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#take(bytes);
      return undefined;
    }
    this.#refuseTooMany(bytes);
    this.#waitingBytes += bytes;
    return new Promise((resolve) => this.#waiting.push({ bytes, enter: resolve }));
  }

  leave(bytes: number): void {
    this.#isFull = false;
    this.#messages -= 1;
    this.#bytes -= bytes;
    for (let [next] = this.#waiting; next && this.#fits(next.bytes); [next] = this.#waiting) {
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes;
      this.#take(next.bytes);
      next.enter();
    }
  }

  #refuseTooMany(bytes: number): void {
    const messages = this.#waiting.length;
    // One message may always wait, however large.
    const full =
      messages >= this.outside.messages ||
      (messages > 0 && this.#waitingBytes + bytes > this.outside.bytes);
    if (!full) return;
    this.#isFull = true;
    throw new SendBufferFullError(
      `${messages} messages of ${this.#waitingBytes} bytes wait to be sent, which fills the buffer, beside ${this.#messages} that are being sent. Await emit() and send() before you call them again, or raise maxWaitingMessages and maxWaitingBytes`,
      { details: { messages, bytes: this.#waitingBytes } },
    );
  }

  #fits(bytes: number): boolean {
    if (this.#messages === 0) return true;
    return this.#messages < this.limits.messages && this.#bytes + bytes <= this.limits.bytes;
  }

  #take(bytes: number): void {
    this.#messages += 1;
    this.#bytes += bytes;
  }
}
