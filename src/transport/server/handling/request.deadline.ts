import { Logger } from '@nestjs/common';

import { CountedWarning } from '../../observing/counted-warning.js';
import type { Lease } from '../leases/lease.js';

const EXPIRED = 'A request came after its caller had stopped waiting, and is not handled';

/**
 * Decides by SQS's own timestamps whether the caller of a request still waits. It compares durations, because the
 * clocks of two machines differ.
 */
export class RequestDeadline {
  readonly #expired = new CountedWarning(new Logger(RequestDeadline.name));
  /** This clock minus SQS's, from the latest request with a first receive. */
  #aheadMs: number | undefined;

  constructor(private readonly queue: string) {}

  /**
   * @param timeoutMs milliseconds the caller waits.
   * @param nowMs by `Clock.monotonicMs`, as the times of the lease are.
   */
  isOver(lease: Lease, timeoutMs: number, nowMs: number): boolean {
    if (lease.receiveCount === 1) this.#learn(lease);
    const ageMs = this.#ageMs(lease, nowMs);
    // Without timestamps the request is handled: a useless answer is better than a lost request.
    return ageMs !== undefined && ageMs > timeoutMs;
  }

  /** Logs that a request is deleted unhandled because its caller no longer waits. */
  warn(lease: Lease, timeoutMs: number, nowMs: number): void {
    const ageMs = Math.round(this.#ageMs(lease, nowMs) ?? 0);
    this.#expired.add(nowMs, EXPIRED, { queue: this.queue, ageMs, timeoutMs });
  }

  #learn(lease: Lease): void {
    const { firstMs } = timesOf(lease);
    if (Number.isFinite(firstMs)) this.#aheadMs = lease.arrivedAtMs - firstMs;
  }

  /** Milliseconds since the request was sent; undefined without timestamps. */
  #ageMs(lease: Lease, nowMs: number): number | undefined {
    const { sentMs, firstMs } = timesOf(lease);
    if (!Number.isFinite(sentMs) || !Number.isFinite(firstMs)) return undefined;
    return this.#aheadMs === undefined ? firstMs - sentMs : nowMs - this.#aheadMs - sentMs;
  }
}

/** SQS's timestamps of the message. */
function timesOf({ message }: Lease): { sentMs: number; firstMs: number } {
  const { SentTimestamp: sent, ApproximateFirstReceiveTimestamp: first } = message.Attributes ?? {};
  return { sentMs: Number(sent), firstMs: Number(first) };
}
