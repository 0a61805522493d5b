import { Injectable, Logger } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { DocumentStore } from '../persistence/index.js';

const PING_TIMEOUT_MS = 2000;
/** Minimum milliseconds between two pings of the store, because the endpoint is public. */
const PING_INTERVAL_MS = 1000;

/** Whether documents can be read. */
@Injectable()
export class DocumentsHealth {
  readonly #logger = new Logger(DocumentsHealth.name);
  #asked: { readonly atMs: number; readonly answer: Promise<void> } | undefined;

  constructor(
    private readonly store: DocumentStore,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): PromiseLike<HealthIndicatorResult> {
    return this.indicators
      .check('documents')
      .attempt(() => this.#recentPing())
      .withTimeout(PING_TIMEOUT_MS);
  }

  #recentPing(): Promise<void> {
    const nowMs = performance.now();
    if (this.#asked === undefined || nowMs - this.#asked.atMs >= PING_INTERVAL_MS) {
      this.#asked = { atMs: nowMs, answer: this.#ping() };
    }
    return this.#asked.answer;
  }

  /** The reason is only logged: it names hosts, and the answer is public. */
  async #ping(): Promise<void> {
    try {
      await this.store.ping();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.warn('Document store does not answer', { reason });
      throw new Error('the document store does not answer', { cause: error });
    }
  }
}
