import type { Logger } from '@nestjs/common';

import type { Clock } from './clock.js';

/** One failure alone is the network's daily noise, and over with the next try. */
const FAILURES_TO_TELL = 2;

/**
 * The log of something that is tried again and again: one line when it begins to fail and one when it works again,
 * however often it fails in between.
 */
export class OutageLog {
  #failures = 0;
  #sinceMs = 0;
  #told = false;

  /**
   * @param what what fails, as the subject of a sentence, the same for all: `Receiving`.
   * @param fields those of every line, such as the queue.
   */
  constructor(
    private readonly logger: Pick<Logger, 'warn' | 'log'>,
    private readonly clock: Clock,
    private readonly what: string,
    private readonly fields: Readonly<Record<string, unknown>> = {},
  ) {}

  /**
   * @param failuresToTell failures in a row that are worth a line; 1 where trying again cannot help.
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
