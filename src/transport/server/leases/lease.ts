import type { BrokerMessage } from '../../broker/broker.queue.js';

/**
 * `held`: this process holds it, and the heartbeat renews it. `acknowledging`: handled and being deleted; still
 * renewed, so that nothing behind it in its FIFO group is delivered first. `releasing`: about to become visible, no
 * longer renewed. `lost`: expired; another process may have the message. `ended`: settled.
 */
type LeaseState = 'held' | 'acknowledging' | 'releasing' | 'lost' | 'ended';

/** The messages behind one in its FIFO group; they become visible with it, and not before. */
export interface Followers {
  readonly waiting: readonly Lease[];
  /** Takes all of them, to be released. */
  take(): Lease[];
}

/** One receive of one message, for as long as SQS keeps it invisible. Times are those of `Clock.monotonicMs`. */
export class Lease {
  state: LeaseState = 'held';
  /** The newest handle: each receive of the message while it is in flight brings a newer one. */
  receiptHandle: string;
  /** Until then the message is certainly invisible to other consumers. */
  expiresAtMs: number;
  /** FIFO: the messages behind this one in its group. */
  followers: Followers | undefined;
  /** Number of the newest receive. */
  newestReceive: number;
  /** Further tries in this process while the failed message is held. */
  heldRetries = 0;
  /** When the next try of a held message is due. */
  heldUntilMs = 0;
  /** Called when the release is no longer waited for. */
  onReclaimed: (() => void) | undefined;
  /** The pending renewal. */
  renewal: Promise<void> | undefined;
  /** Bytes of body and attributes, as text. */
  readonly bytes: number;
  #abort: AbortController | undefined;
  #onExtended: Set<() => void> | undefined;

  /**
   * @param receivedAtMs when the receive was sent: SQS may have answered long before this process read the answer.
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

  /** How often SQS has delivered the message, including this time. */
  get receiveCount(): number {
    return receiveCountOf(this.message);
  }

  /** How often a handler has got the message, including this time. */
  get attempt(): number {
    return this.receiveCount + this.heldRetries;
  }

  /** Epoch milliseconds, by SQS's clock, of the first receive by any consumer. */
  get firstReceivedAtMs(): number | undefined {
    const text = this.message.Attributes?.['ApproximateFirstReceiveTimestamp'];
    return text === undefined ? undefined : Number(text);
  }

  get group(): string | undefined {
    return this.message.Attributes?.['MessageGroupId'];
  }

  /** The message's position in its FIFO group: a decimal number of up to 39 digits. */
  get sequenceNumber(): string | undefined {
    return this.message.Attributes?.['SequenceNumber'];
  }

  /**
   * Whether this process still holds the message. The state alone is not enough, because the process may have stood
   * still.
   */
  isHeldAt(nowMs: number): boolean {
    return this.state === 'held' && this.expiresAtMs > nowMs;
  }

  /** Aborted when the lease is lost; created on first use, as most handlers never need it. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.state === 'lost') this.lose();
    return this.#abort.signal;
  }

  /** Sets a later end, after a renewal or another receive of the message. */
  extend(expiresAtMs: number): void {
    this.expiresAtMs = expiresAtMs;
    this.#onExtended?.forEach((listener) => listener());
  }

  /** Calls `listener` at each extension, until the returned function is called. */
  onExtended(listener: () => void): () => void {
    const listeners = (this.#onExtended ??= new Set());
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Ends a release before its answer: the message was received again, or is worked on after all. */
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
