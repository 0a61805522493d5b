import type { Clock } from '../../../src/transport/clock.js';
import { OUTAGE_MS, type Plan } from './plan.js';

/** What goes wrong for every process, until somebody ends it. Shares from 0 to 1. */
export class Troubles {
  latencyMs: number;
  /** Calls that take effect, and whose answer is lost. */
  lostAnswers: number;
  /** Calls that are refused as a whole. */
  throttled: number;
  /** Entries of deletes and of changes of visibility that are refused. */
  refused: number;
  /** Changes of visibility that take `STALL_MS`, half of it before their effect. */
  stalled: number;
  /** Handlers that fail once in their process. */
  failing: number;
  readonly #outageAtMs: number;
  #ended = false;

  constructor(
    plan: Plan,
    private readonly clock: Clock,
    private readonly source: () => number,
  ) {
    const { latencyMs, lostAnswers, throttled, refused, stalled, failing, outageAtMs } = plan;
    this.#outageAtMs = outageAtMs ?? Infinity;
    this.latencyMs = latencyMs;
    this.lostAnswers = lostAnswers;
    this.throttled = throttled;
    this.refused = refused;
    this.stalled = stalled;
    this.failing = failing;
  }

  readonly random = (): number => this.source();

  /** For what happens to a share of messages: nothing, once it has ended. */
  readonly luck = (): number => (this.#ended ? 1 : this.source());

  /** Whether every delete and every change of visibility is refused now. */
  get isOutage(): boolean {
    return this.wasOutageSince(this.clock.monotonicMs());
  }

  /** Whether that was so at some time since then. */
  wasOutageSince(sinceMs: number): boolean {
    const endMs = this.#outageAtMs + OUTAGE_MS;
    return this.#outageAtMs <= this.clock.monotonicMs() && sinceMs < endMs;
  }

  strikes(share: number): boolean {
    return share > 0 && this.source() < share;
  }

  /** From now on every call is answered at once, and no handler fails. */
  end(): void {
    this.#ended = true;
    this.latencyMs = 0;
    this.lostAnswers = 0;
    this.throttled = 0;
    this.refused = 0;
    this.stalled = 0;
    this.failing = 0;
  }
}

/** Longer than most leases of a run. */
export const STALL_MS = 12_000;
