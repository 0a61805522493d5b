import type { Message } from '@aws-sdk/client-sqs';

import { MAX_LEASE_HOURS } from '../../sns-sqs.constants.js';
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
// SQS lets no renewal reach further than this from the receive, and refuses one that does.
const MAX_LEASE_MS = MAX_LEASE_HOURS * 3600_000;

/** Every message of one queue that is in flight in this process. */
export class LeaseRegistry {
  readonly #options: LeaseRegistryOptions;
  readonly #usableMs: number;
  readonly #byMessage = new Map<string, Lease>();
  #lost = 0;
  #empty: (() => void)[] = [];

  constructor(options: LeaseRegistryOptions) {
    this.#options = options;
    this.#usableMs =
      options.visibilityMs - Math.min(MAX_SAFETY_MS, options.visibilityMs * SAFETY_SHARE);
  }

  get size(): number {
    return this.#byMessage.size;
  }

  /** Those of them whose lease was lost, and whose handler still runs. */
  get lost(): number {
    return this.#lost;
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
      // One that ran out is lost, not revived: past `maxLeaseMs` its handler would never be told.
      this.holds(running, nowMs);
      if (running.state !== 'lost') {
        running.receiptHandle = receiptHandle;
        running.extend(expiresAtMs);
      }
      return undefined;
    }
    const lease = new Lease(message, messageId, receiptHandle, nowMs, expiresAtMs);
    this.#byMessage.set(messageId, lease);
    return lease;
  }

  /** Leases to renew now; those past `maxLeaseMs` are left to run out. */
  renewable(nowMs: number): Lease[] {
    const { visibilityMs, maxLeaseMs } = this.#options;
    const longestMs = Math.min(maxLeaseMs, MAX_LEASE_MS - visibilityMs);
    return [...this.#byMessage.values()].filter(
      ({ state, expiresAtMs, receivedAtMs }) =>
        state === 'held' &&
        expiresAtMs - nowMs < visibilityMs * RENEWAL_SHARE &&
        nowMs - receivedAtMs < longestMs,
    );
  }

  renewed(lease: Lease, nowMs: number): void {
    lease.extend(nowMs + this.#usableMs);
  }

  /** Marks leases that ran out as lost. They stay until their handler ends, so that a copy is not started beside it. */
  expire(nowMs: number): void {
    for (const lease of this.#byMessage.values()) this.holds(lease, nowMs);
  }

  /** Whether the lease is ours to work on. One that ran out is lost by asking, as a busy process may be ahead of its heartbeat. */
  holds(lease: Lease, nowMs: number): boolean {
    if (lease.state === 'held' && lease.expiresAtMs <= nowMs) this.lose(lease);
    return lease.state === 'held';
  }

  lose(lease: Lease): void {
    lease.lose();
    this.#lost += 1;
    this.#options.onLost(lease);
  }

  /** Forgets a settled or lost lease. */
  end(lease: Lease): void {
    if (lease.state !== 'lost') lease.state = 'ended';
    // Once ended, the message may be in flight anew, under a lease that is not this one.
    if (this.#byMessage.get(lease.messageId) !== lease) return;
    this.#byMessage.delete(lease.messageId);
    if (lease.state === 'lost') this.#lost -= 1;
    if (this.size === 0) this.#empty.splice(0).forEach((done) => done());
  }

  /** Resolves when nothing is in flight. */
  async whenEmpty(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => this.#empty.push(resolve));
  }
}
