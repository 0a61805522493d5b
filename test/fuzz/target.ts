import * as fc from 'fast-check';
import { WeftError } from '../../src/transport/errors/index.js';

/** One thing that reads what somebody else wrote. */
export interface Target {
  readonly name: string;
  readonly inputs: fc.Arbitrary<unknown>;
  /** Reads an input, and throws for an answer that must not be. */
  readonly read: (input: never) => unknown;
  /** Whether an error is an answer. Default: a WeftError that no retry would change. */
  readonly refuses?: (error: unknown) => boolean;
}

export const target = <T>(
  name: string,
  inputs: fc.Arbitrary<T>,
  read: (input: T) => unknown,
  refuses?: (error: unknown) => boolean,
): Target => ({ name, inputs, read, ...(refuses && { refuses }) });

export interface Outcome {
  readonly name: string;
  readonly inputs: number;
  readonly read: number;
  readonly refused: number;
  /** Milliseconds of the slowest input. */
  readonly slowestMs: number;
  /** The smallest input that failed, and how; undefined when none did. */
  readonly failure: string | undefined;
}

const isPermanent = (error: unknown): boolean => error instanceof WeftError && !error.retryable;

/** Has a target read so many inputs; the same seed makes the same ones. */
export async function fuzz(
  { name, inputs, read, refuses = isPermanent }: Target,
  numRuns: number,
  seed: number,
): Promise<Outcome> {
  let taken = 0;
  let refused = 0;
  let slowestMs = 0;
  const property = fc.asyncProperty(inputs, async (input) => {
    const startedMs = performance.now();
    try {
      await read(input as never);
      taken += 1;
    } catch (error) {
      if (!refuses(error)) throw error;
      refused += 1;
    } finally {
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    }
  });
  const details = await fc.check(property, { numRuns, seed });
  return {
    name,
    inputs: details.numRuns,
    read: taken,
    refused,
    slowestMs: Math.round(slowestMs * 10) / 10,
    failure: details.failed ? fc.defaultReportMessage(details) : undefined,
  };
}
