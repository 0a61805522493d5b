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
 * Bounds what is held in memory to be sent. Messages that come when it is full wait outside, first come first served;
 * one larger than all of it has it alone. Where nobody waits for what is sent, what waits outside is bounded as well.
 */
export class SendBuffer {
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #messages = 0;
  #bytes = 0;
  #isFull = false;

  /** @param outside what may wait for capacity. @defaultValue no limit */
  constructor(
    private readonly limits: SendBufferLimits,
    private readonly outside: SendBufferLimits = { messages: Infinity, bytes: Infinity },
  ) {}

  /** Whether a message was refused, and none has left since. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /**
   * Undefined when there is capacity now: most messages need no promise for it.
   *
   * @throws SendBufferFullError when too much waits outside already.
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
    // One message may always wait, however large it is.
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
