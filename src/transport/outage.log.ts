import type { Logger } from '@nestjs/common';

import type { Clock } from './clock.js';

/** A single failure is ordinary network noise, and the next try succeeds. */
const FAILURES_TO_TELL = 2;

/**
 * The log of an operation that is tried repeatedly: one line when it begins to fail and one when it succeeds again,
 * however often it fails in between.
 */
export class OutageLog {
  #failures = 0;
  #sinceMs = 0;
  #told = false;

  /**
   * @param what the operation, as the subject of a sentence and without names: `Receiving`.
   * @param fields added to every line, such as the queue.
   */
  constructor(
    private readonly logger: Pick<Logger, 'warn' | 'log'>,
    private readonly clock: Clock,
    private readonly what: string,
    private readonly fields: Readonly<Record<string, unknown>> = {},
  ) {}

  /**
   * @param failuresToTell consecutive failures before a line is logged; 1 if retrying cannot help.
   */
  failed(error: unknown, failuresToTell = FAILURES_TO_TELL): void {
    if (this.#failures === 0) this.#sinceMs = this.clock.monotonicMs();
    this.#failures += 1;
    if (this.#told || this.#failures < failuresToTell) return;
    this.#told = true;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.logger.warn(`${this.what} fails and is retried`, { ...this.fields, reason });
  }

  succeeded(): void {
    if (this.#failures === 0) return;
    if (this.#told) {
      const durationMs = Math.round(this.clock.monotonicMs() - this.#sinceMs);
      const fields = { ...this.fields, durationMs, failures: this.#failures };
      this.logger.log(`${this.what} works again`, fields);
    }
    this.#failures = 0;
    this.#told = false;
  }
}
