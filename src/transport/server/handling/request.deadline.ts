import { Logger } from '@nestjs/common';

import { CountedWarning } from '../../observing/counted-warning.js';
import type { Lease } from '../leases/lease.js';

const EXPIRED = 'A request came after its caller had stopped waiting, and is not handled';

/**
 * Tells whether the caller of a request still waits, by SQS's own timestamps: the caller's clock and this one's may
 * differ, so what is compared are durations.
 */
export class RequestDeadline {
  readonly #expired = new CountedWarning(new Logger(RequestDeadline.name));
  /** This clock less SQS's, learned from the latest request that was received for the first time. */
  #aheadMs: number | undefined;

  constructor(private readonly queue: string) {}

  /**
   * @param timeoutMs milliseconds the caller waits.
   * @param nowMs by `Clock.monotonicMs`, as the times of the lease are.
   */
  isOver(lease: Lease, timeoutMs: number, nowMs: number): boolean {
    if (lease.receiveCount === 1) this.#learn(lease);
    const ageMs = this.#ageMs(lease, nowMs);
    // An engine that does not tell: better one answer too many than a request thrown away.
    return ageMs !== undefined && ageMs > timeoutMs;
  }

  /** Says that a request is deleted without being handled, as its time is over. */
  warn(lease: Lease, timeoutMs: number, nowMs: number): void {
    const ageMs = Math.round(this.#ageMs(lease, nowMs) ?? 0);
    this.#expired.add(nowMs, EXPIRED, { queue: this.queue, ageMs, timeoutMs });
  }

  #learn(lease: Lease): void {
    const { firstMs } = timesOf(lease);
    if (Number.isFinite(firstMs)) this.#aheadMs = lease.arrivedAtMs - firstMs;
  }

  /** Milliseconds since the request was sent; undefined where the engine does not tell. */
  #ageMs(lease: Lease, nowMs: number): number | undefined {
    const { sentMs, firstMs } = timesOf(lease);
    if (!Number.isFinite(sentMs) || !Number.isFinite(firstMs)) return undefined;
    return this.#aheadMs === undefined ? firstMs - sentMs : nowMs - this.#aheadMs - sentMs;
  }
}

/** As SQS dates the message. */
function timesOf({ message }: Lease): { sentMs: number; firstMs: number } {
  const { SentTimestamp: sent, ApproximateFirstReceiveTimestamp: first } = message.Attributes ?? {};
  return { sentMs: Number(sent), firstMs: Number(first) };
}
