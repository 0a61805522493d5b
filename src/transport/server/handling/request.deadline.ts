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
    const { SentTimestamp: sent, ApproximateFirstReceiveTimestamp: first } =
      lease.message.Attributes ?? {};
    const [sentMs, firstMs] = [Number(sent), Number(first)];
    // An engine that does not tell: better one answer too many than a request thrown away.
    if (!Number.isFinite(sentMs) || !Number.isFinite(firstMs)) return false;
    if (lease.receiveCount === 1) this.#aheadMs = lease.arrivedAtMs - firstMs;
    const ageMs = this.#aheadMs === undefined ? firstMs - sentMs : nowMs - this.#aheadMs - sentMs;
    if (ageMs <= timeoutMs) return false;
    this.#expired.add(nowMs, EXPIRED, { queue: this.queue, ageMs: Math.round(ageMs), timeoutMs });
    return true;
  }
}
