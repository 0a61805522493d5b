import { Logger } from '@nestjs/common';

/** Closes everything that was started, in reverse order. */
export class Closers {
  readonly #closers: (() => Promise<void> | void)[] = [];
  #closing: Promise<void> | undefined;

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  /** Continues when one fails to close. A second call waits for the first. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const logger = new Logger('Weft');
    for (const close of this.#closers.toReversed()) {
      try {
        await close();
      } catch (error) {
        logger.error(
          'A part of the service did not close',
          error instanceof Error ? error.stack : error,
        );
      }
    }
  }
}
