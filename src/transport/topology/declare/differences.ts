import { Logger } from '@nestjs/common';

/** What AWS has and what is declared differ: either mended on the way, or gathered to be named at once. */
export abstract class Differences {
  readonly #found: string[] = [];

  /** Those that nobody mended. */
  get found(): readonly string[] {
    return this.#found;
  }

  /** A difference that is not for Weft to mend. */
  note(...differences: readonly string[]): void {
    this.#found.push(...differences);
  }

  /** Runs `remedy` where differences are mended; otherwise notes them and gives undefined. Without any does nothing. */
  abstract mend<T>(
    differences: readonly string[],
    remedy: () => Promise<T>,
  ): Promise<T | undefined>;
}

export class MendedDifferences extends Differences {
  readonly #logger = new Logger('Topology');

  async mend<T>(differences: readonly string[], remedy: () => Promise<T>): Promise<T | undefined> {
    if (differences.length === 0) return undefined;
    const result = await remedy();
    for (const difference of differences) this.#logger.log(`Mended: ${difference}`);
    return result;
  }
}

export class NotedDifferences extends Differences {
  mend<T>(differences: readonly string[]): Promise<T | undefined> {
    this.note(...differences);
    return Promise.resolve(undefined);
  }
}
