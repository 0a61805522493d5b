import { Injectable, Logger } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { DocumentStore } from '../persistence/index.js';

const PING_TIMEOUT_MS = 2000;

/** Whether documents can be read. */
@Injectable()
export class DocumentsHealth {
  readonly #logger = new Logger(DocumentsHealth.name);

  constructor(
    private readonly store: DocumentStore,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): PromiseLike<HealthIndicatorResult> {
    return this.indicators
      .check('documents')
      .attempt(() => this.#ping())
      .withTimeout(PING_TIMEOUT_MS);
  }

  /** The reason goes to the log alone: it names hosts, and the answer is open to all. */
  async #ping(): Promise<void> {
    try {
      await this.store.ping();
    } catch (error) {
      this.#logger.warn(`Documents: ${error instanceof Error ? error.message : String(error)}`);
      throw new Error('the document store does not answer', { cause: error });
    }
  }
}
