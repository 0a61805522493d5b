import type { Message } from '@aws-sdk/client-sqs';

/**
 * `held`: ours, renewed by the heartbeat. `settling`: handled, being
 * acknowledged or given back, no longer renewed. `lost`: it ran out; the message
 * is somebody else's. `ended`: settled.
 */
export type LeaseState = 'held' | 'settling' | 'lost' | 'ended';

/** One receive of one message, for as long as its visibility timeout lasts. */
export class Lease {
  state: LeaseState = 'held';
  /** The newest handle: a message received again while it is in flight brings a newer one. */
  receiptHandle: string;
  /** Epoch milliseconds. */
  expiresAtMs: number;
  /** Told for how many seconds SQS hides the message as it is given back: what waits behind it in its FIFO group goes with it. */
  onHidden: ((hiddenS: number) => void) | undefined;
  /** Tries in this process beyond the first, where failed messages are held. */
  heldRetries = 0;
  /** Epoch milliseconds of the next of them. */
  heldUntilMs = 0;
  #abort: AbortController | undefined;
  #onExtended: Set<() => void> | undefined;

  constructor(
    readonly message: Message,
    readonly messageId: string,
    receiptHandle: string,
    readonly receivedAtMs: number,
    expiresAtMs: number,
  ) {
    this.receiptHandle = receiptHandle;
    this.expiresAtMs = expiresAtMs;
  }

  /** How often SQS has given the message out, this time included. */
  get receiveCount(): number {
    return Number(this.message.Attributes?.ApproximateReceiveCount ?? 1);
  }

  /** How often a handler was given the message, this time included. */
  get attempt(): number {
    return this.receiveCount + this.heldRetries;
  }

  /** Epoch milliseconds of the first receive by anyone. */
  get firstReceivedAtMs(): number {
    return Number(this.message.Attributes?.ApproximateFirstReceiveTimestamp ?? this.receivedAtMs);
  }

  get group(): string | undefined {
    return this.message.Attributes?.MessageGroupId;
  }

  /** Aborted when the lease is lost; made when a handler first asks, as most never do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.state === 'lost') this.lose();
    return this.#abort.signal;
  }

  /** Sets a later end: it was renewed, or its message received again. */
  extend(expiresAtMs: number): void {
    this.expiresAtMs = expiresAtMs;
    this.#onExtended?.forEach((listener) => listener());
  }

  /** Calls `listener` at each extension, until the function it gives back is called. */
  onExtended(listener: () => void): () => void {
    this.#onExtended ??= new Set();
    this.#onExtended.add(listener);
    return () => void this.#onExtended?.delete(listener);
  }

  lose(): void {
    this.state = 'lost';
    this.#abort?.abort(new Error(`The lease of message ${this.messageId} was lost`));
  }
}
