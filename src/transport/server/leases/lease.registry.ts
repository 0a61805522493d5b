import { PendingCounter } from '../../../common/pending-counter.js';
import { MAX_LEASE_HOURS } from '../../sns-sqs.constants.js';
import type { BrokerMessage } from '../../broker/broker.queue.js';
import { Lease, receiveCountOf } from './lease.js';

interface LeaseRegistryOptions {
  /** Milliseconds a message stays invisible after a receive or a renewal. */
  readonly visibilityMs: number;
  /** Milliseconds a message may be held in all. */
  readonly maxLeaseMs: number;
  /** Called for each lease that ran out. */
  readonly onLost: (lease: Lease) => void;
}

// Allows for clocks of different speed and for late timers.
const SAFETY_SHARE = 0.05;
const MAX_SAFETY_MS = 1000;
// A lease is renewed when less than this share of it is left.
const RENEWAL_SHARE = 1 / 3;
// SQS refuses a renewal that would end later than this after the receive.
const MAX_LEASE_MS = MAX_LEASE_HOURS * 3600_000;

/** Every message of one queue that is in flight in this process. Times are those of `Clock.monotonicMs`. */
export class LeaseRegistry {
  readonly #options: LeaseRegistryOptions;
  readonly #usableMs: number;
  readonly #byMessage = new Map<string, Lease>();
  #bytes = 0;
  #lost = 0;
  readonly #inFlight = new PendingCounter();

  constructor(options: LeaseRegistryOptions) {
    this.#options = options;
    this.#usableMs =
      options.visibilityMs - Math.min(MAX_SAFETY_MS, options.visibilityMs * SAFETY_SHARE);
  }

  get size(): number {
    return this.#byMessage.size;
  }

  /** Bytes of their bodies and attributes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Messages whose lease was lost while their handler still runs. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Takes a received message in. Undefined when an earlier receive of it is in flight here:
   *
   * - held or being acknowledged, it goes on under the newer receipt handle, so that the work is not done twice.
   * - lost while its handler still runs, the newer receive is left to expire, for another process to handle.
   * - being released, its release has arrived, or its lease ran out: the newer receive takes its place.
   *
   * @param sentAtMs when the receive was sent; SQS counts the lease from its answer, which is later.
   */
  take(message: BrokerMessage, sentAtMs: number, nowMs = sentAtMs): Lease | undefined {
    const { MessageId: messageId, ReceiptHandle: receiptHandle } = message;
    if (messageId === undefined || receiptHandle === undefined) return undefined;
    const expiresAtMs = sentAtMs + this.#usableMs;
    const earlier = this.#byMessage.get(messageId);
    if (earlier && earlier.state !== 'releasing') {
      // An expired lease is lost, not revived: otherwise, past `maxLeaseMs`, its handler's signal would never be
      // aborted.
      this.holds(earlier, nowMs);
      const receive = receiveCountOf(message);
      // The answers of two receives can arrive in either order.
      if (earlier.state === 'lost' || receive < earlier.newestReceive) return undefined;
      earlier.newestReceive = receive;
      earlier.receiptHandle = receiptHandle;
      earlier.extend(expiresAtMs);
      return undefined;
    }
    if (earlier) {
      this.end(earlier);
      earlier.reclaim('ended');
    }
    const lease = new Lease(message, messageId, receiptHandle, sentAtMs, expiresAtMs, nowMs);
    this.#byMessage.set(messageId, lease);
    this.#inFlight.begin();
    this.#bytes += lease.bytes;
    return lease;
  }

  /**
   * Whether a handler of this FIFO group still runs after losing its lease; no other message of the group may start
   * meanwhile.
   */
  hasLost(group: string | undefined): boolean {
    return (
      this.#lost > 0 &&
      [...this.#byMessage.values()].some((lease) => lease.state === 'lost' && lease.group === group)
    );
  }

  /**
   * Leases to renew now, those of a FIFO group together: SQS delivers a group as soon as one of its messages is
   * visible, so all of them must expire at the same time. Past `maxLeaseMs` they are left to expire.
   */
  renewable(nowMs: number): Lease[][] {
    const ours = [...this.#byMessage.values()].filter(isOurs);
    const due = ours.filter((lease) => this.#isDue(lease, nowMs));
    const groups = new Set(due.map(({ group }) => group).filter((group) => group !== undefined));
    const alone = due.filter(({ group }) => group === undefined).map((lease) => [lease]);
    const together = [...groups].map((name) => ours.filter(({ group }) => group === name));
    return [...alone, ...together].filter((unit) => unit.every((one) => this.#isYoung(one, nowMs)));
  }

  /**
   * A renewal answered after the lease had ended may have renewed another process's receive, so the message is no
   * longer worked on. A message that was handled is deleted all the same.
   */
  renewed(lease: Lease, sentAtMs: number, nowMs: number): void {
    const endMs = sentAtMs + this.#usableMs;
    // The answer to an earlier renewal may come after that of a later one.
    if (isRenewable(lease, nowMs) && endMs > lease.expiresAtMs) lease.extend(endMs);
  }

  /** Marks expired leases as lost. They stay registered until their handler ends, so that no copy starts meanwhile. */
  expire(nowMs: number): void {
    for (const lease of this.#byMessage.values()) this.holds(lease, nowMs);
  }

  /**
   * Whether this process still holds the lease. Marks an expired one as lost at once, because the heartbeat of a busy
   * process may be late.
   */
  holds(lease: Lease, nowMs: number): boolean {
    if (lease.state === 'held' && lease.expiresAtMs <= nowMs) this.lose(lease);
    return lease.state === 'held';
  }

  lose(lease: Lease): void {
    lease.lose();
    this.#lost += 1;
    this.#options.onLost(lease);
  }

  /** Gives up every message that is not settled: its handler's signal is aborted, and nothing more is done about it. */
  giveUp(): void {
    for (const lease of this.#byMessage.values()) if (lease.state === 'held') this.lose(lease);
  }

  /** Forgets a settled or lost lease. */
  end(lease: Lease): void {
    const wasLost = lease.state === 'lost';
    if (!wasLost) lease.state = 'ended';
    // The message may already be in flight again under another lease.
    if (this.#byMessage.get(lease.messageId) !== lease) return;
    this.#byMessage.delete(lease.messageId);
    this.#bytes -= lease.bytes;
    if (wasLost) this.#lost -= 1;
    this.#inFlight.end();
  }

  /** Resolves when nothing is in flight. */
  whenEmpty(): Promise<void> {
    return this.#inFlight.whenNone();
  }

  #isDue({ expiresAtMs }: Lease, nowMs: number): boolean {
    return expiresAtMs - nowMs < this.#options.visibilityMs * RENEWAL_SHARE;
  }

  #isYoung({ receivedAtMs }: Lease, nowMs: number): boolean {
    const { visibilityMs, maxLeaseMs } = this.#options;
    return nowMs - receivedAtMs < Math.min(maxLeaseMs, MAX_LEASE_MS - visibilityMs);
  }
}

/** Whether a renewal makes sense: the lease is held, or its handled message is being deleted. */
export const isRenewable = ({ state, expiresAtMs }: Lease, nowMs: number): boolean =>
  state === 'acknowledging' || expiresAtMs > nowMs;

/** Whether it is renewed: the message is worked on, or being deleted. */
export const isOurs = ({ state }: Lease): boolean => state === 'held' || state === 'acknowledging';
