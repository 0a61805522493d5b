import type { Logger } from '@nestjs/common';

const LOG_INTERVAL_MS = 60_000;
/** Reasons counted separately; bounded, as they may contain a sender's text. */
const MAX_REASONS = 100;

interface Counted {
  count: number;
  loggedAtMs: number;
}

/**
 * Logs events that may happen thousands of times: one line a minute for each reason, with the count since the last
 * line.
 */
export class CountedWarning {
  readonly #reasons = new Map<string, Counted>();

  constructor(
    private readonly logger: Pick<Logger, 'warn' | 'error'>,
    private readonly level: 'warn' | 'error' = 'warn',
  ) {}

  /**
   * @param reason the logged message, and the key of the count.
   * @param count the number of new events.
   */
  add(nowMs: number, reason: string, fields: Readonly<Record<string, unknown>>, count = 1): void {
    const counted = this.#counted(reason, nowMs);
    counted.count += count;
    if (nowMs - counted.loggedAtMs < LOG_INTERVAL_MS) return;
    this.logger[this.level](reason, { ...fields, count: counted.count });
    counted.count = 0;
    counted.loggedAtMs = nowMs;
  }

  #counted(reason: string, nowMs: number): Counted {
    const known = this.#reasons.get(reason);
    if (known) return known;
    const [oldest] = this.#reasons.keys();
    if (oldest !== undefined && this.#reasons.size >= MAX_REASONS) this.#reasons.delete(oldest);
    const counted = { count: 0, loggedAtMs: nowMs - LOG_INTERVAL_MS };
    this.#reasons.set(reason, counted);
    return counted;
  }
}
