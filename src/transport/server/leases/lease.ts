import type { BrokerMessage } from '../../broker/broker.queue.js';

/**
 * `held`: ours, and renewed by the heartbeat. `acknowledging`: handled and being deleted, still renewed, so that nothing
 * behind it in its FIFO group is delivered before. `releasing`: about to be visible again, no longer renewed.
 * `lost`: it ran out, and the message may be somebody else's. `ended`: settled.
 */
export type LeaseState = 'held' | 'acknowledging' | 'releasing' | 'lost' | 'ended';

/** What waits behind a message in its FIFO group; it becomes visible with the message, and not before. */
export interface Followers {
  readonly waiting: readonly Lease[];
  /** All of it, to be released. */
  take(): Lease[];
}

/** One receive of one message, for as long as SQS keeps it invisible. Times are those of `Clock.monotonicMs`. */
export class Lease {
  state: LeaseState = 'held';
  /** The newest handle: a message received again while it is in flight brings a newer one. */
  receiptHandle: string;
  /** Until then the message is surely invisible to others. */
  expiresAtMs: number;
  /** FIFO: what waits behind the message in its group. */
  followers: Followers | undefined;
  /** Of the newest receive of the message. */
  newestReceive: number;
  /** Tries in this process beyond the first, where a failed message is held. */
  heldRetries = 0;
  /** When the next of them is due. */
  heldUntilMs = 0;
  /** Told when its release is no longer waited for. */
  onReclaimed: (() => void) | undefined;
  /** The renewal that was not answered yet. */
  renewal: Promise<void> | undefined;
  /** Bytes it takes here: body and attributes, as text. */
  readonly bytes: number;
  #abort: AbortController | undefined;
  #onExtended: Set<() => void> | undefined;

  /**
   * @param receivedAtMs when SQS was asked for it: it may have sent its answer long before this process read it.
   */
  constructor(
    readonly message: BrokerMessage,
    readonly messageId: string,
    receiptHandle: string,
    readonly receivedAtMs: number,
    expiresAtMs: number,
    /** When it was read here. */
    readonly arrivedAtMs = receivedAtMs,
  ) {
    this.receiptHandle = receiptHandle;
    this.expiresAtMs = expiresAtMs;
    this.newestReceive = this.receiveCount;
    this.bytes = sizeOf(message);
  }

  /** How often SQS has given the message out, this time included. */
  get receiveCount(): number {
    return receiveCountOf(this.message);
  }

  /** How often a handler was given the message, this time included. */
  get attempt(): number {
    return this.receiveCount + this.heldRetries;
  }

  /** Epoch milliseconds of the first receive by anyone, by SQS's clock. */
  get firstReceivedAtMs(): number | undefined {
    const text = this.message.Attributes?.['ApproximateFirstReceiveTimestamp'];
    return text === undefined ? undefined : Number(text);
  }

  get group(): string | undefined {
    return this.message.Attributes?.['MessageGroupId'];
  }

  /** The message's place in its FIFO group: a decimal number of up to 39 digits. */
  get sequenceNumber(): string | undefined {
    return this.message.Attributes?.['SequenceNumber'];
  }

  /** Whether the message is still this process's to work on. The state alone does not tell: a process may have stood still. */
  isHeldAt(nowMs: number): boolean {
    return this.state === 'held' && this.expiresAtMs > nowMs;
  }

  /** Aborted when the lease is lost; made when a handler first asks, as most never do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.state === 'lost') this.lose();
    return this.#abort.signal;
  }

  /** Sets another end: it was renewed, or its message received again. */
  extend(expiresAtMs: number): void {
    this.expiresAtMs = expiresAtMs;
    this.#onExtended?.forEach((listener) => listener());
  }

  /** Calls `listener` at each extension, until the function it gives back is called. */
  onExtended(listener: () => void): () => void {
    const listeners = (this.#onExtended ??= new Set());
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Ends a release before it was answered: the message came back already, or is worked on after all. */
  reclaim(state: 'held' | 'ended'): void {
    this.state = state;
    this.onReclaimed?.();
  }

  lose(): void {
    this.state = 'lost';
    this.#abort?.abort(new Error(`The lease of message ${this.messageId} was lost`));
  }
}

export const receiveCountOf = ({ Attributes: attributes }: BrokerMessage): number =>
  Number(attributes?.['ApproximateReceiveCount'] ?? 1);

function sizeOf({ Body: body = '', MessageAttributes: attributes = {} }: BrokerMessage): number {
  let bytes = body.length;
  for (const name of Object.keys(attributes)) {
    const { StringValue: text, BinaryValue: binary } = attributes[name] ?? {};
    bytes += name.length + (text?.length ?? 0) + (binary?.length ?? 0);
  }
  return bytes;
}
