// fast-check for the judges: the same runs for each mutant, and few of what is simulated.
import { assert as everyRun } from 'fast-check-itself';

export * from 'fast-check-itself';

const MAX_RUNS = 4;

export const assert = (property, { numRuns, ...parameters } = {}) =>
  everyRun(property, {
    seed: 1,
    ...parameters,
    ...(numRuns !== undefined && { numRuns: Math.min(numRuns, MAX_RUNS) }),
  });
