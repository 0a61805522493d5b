import type { Message } from '@aws-sdk/client-sqs';

import { Lease } from './lease.js';

export interface LeaseRegistryOptions {
  /** Milliseconds SQS hides a message after a receive or a renewal. */
  readonly visibilityMs: number;
  /** Milliseconds a message may be held in all. */
  readonly maxLeaseMs: number;
  /** Told of each lease that ran out. */
  readonly onLost: (lease: Lease) => void;
}

// Our clock starts when the answer arrives, SQS's when it sends: the difference must not end in a late ack.
const SAFETY_SHARE = 0.05;
const MAX_SAFETY_MS = 1000;
// A lease is renewed when less than this share of it is left.
const RENEWAL_SHARE = 1 / 3;

/** Every message of one queue that is in flight in this process. */
export class LeaseRegistry {
  readonly #options: LeaseRegistryOptions;
  readonly #usableMs: number;
  readonly #byMessage = new Map<string, Lease>();
  #empty: (() => void)[] = [];

  constructor(options: LeaseRegistryOptions) {
    this.#options = options;
    this.#usableMs =
      options.visibilityMs - Math.min(MAX_SAFETY_MS, options.visibilityMs * SAFETY_SHARE);
  }

  get size(): number {
    return this.#byMessage.size;
  }

  /**
   * Takes a received message in. Undefined when its first copy is still in
   * flight: the copy is not started; the running one goes on under the newer
   * receipt handle, unless its lease is lost already.
   */
  take(message: Message, nowMs: number): Lease | undefined {
    const { MessageId: messageId, ReceiptHandle: receiptHandle } = message;
    if (messageId === undefined || receiptHandle === undefined) return undefined;
    const expiresAtMs = nowMs + this.#usableMs;
    const running = this.#byMessage.get(messageId);
    if (running) {
      if (running.state === 'held') Object.assign(running, { receiptHandle, expiresAtMs });
      return undefined;
    }
    const lease = new Lease(message, messageId, receiptHandle, nowMs, expiresAtMs);
    this.#byMessage.set(messageId, lease);
    return lease;
  }

  /** Leases to renew now; those past `maxLeaseMs` are left to run out. */
  renewable(nowMs: number): Lease[] {
    const { visibilityMs, maxLeaseMs } = this.#options;
    return [...this.#byMessage.values()].filter(
      ({ state, expiresAtMs, firstReceivedAtMs, receivedAtMs }) =>
        state === 'held' &&
        expiresAtMs - nowMs < visibilityMs * RENEWAL_SHARE &&
        nowMs - receivedAtMs < maxLeaseMs &&
        nowMs - firstReceivedAtMs < MAX_LEASE_MS - visibilityMs,
    );
  }

  renewed(lease: Lease, nowMs: number): void {
    lease.expiresAtMs = nowMs + this.#usableMs;
  }

  /** Marks leases that ran out as lost. They stay until their handler ends, so that a copy is not started beside it. */
  expire(nowMs: number): void {
    for (const lease of this.#byMessage.values()) {
      if (lease.state === 'held' && lease.expiresAtMs <= nowMs) this.lose(lease);
    }
  }

  lose(lease: Lease): void {
    lease.lose();
    this.#options.onLost(lease);
  }

  /** Forgets a settled or lost lease. */
  end(lease: Lease): void {
    if (lease.state !== 'lost') lease.state = 'ended';
    if (!this.#byMessage.delete(lease.messageId)) return;
    if (this.size === 0) this.#empty.splice(0).forEach((done) => done());
  }

  /** Resolves when nothing is in flight. */
  async whenEmpty(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => this.#empty.push(resolve));
  }
}

// SQS ends every lease 12 h after the first receive, whatever was renewed.
const MAX_LEASE_MS = 12 * 3600_000;
