import { describe, expect, it } from '@jest/globals';
import { fuzzAll } from './run.js';

const INPUTS = 50_000;

describe('Whatever others write', () => {
  it(`is read, or refused for good with a WeftError: ${INPUTS} hostile inputs`, async () => {
    const { outcomes, prototypeIsClean } = await fuzzAll(INPUTS, Date.now() % 2 ** 31);
    expect(
      outcomes.flatMap(({ name, failure }) => (failure ? [`${name}: ${failure}`] : [])),
    ).toEqual([]);
    expect({ prototypeIsClean }).toEqual({ prototypeIsClean: true });
    // A generator whose inputs were all refused, or none, would show nothing.
    const readAll = outcomes.reduce((read, outcome) => read + outcome.read, 0);
    expect(readAll / INPUTS).toBeGreaterThan(0.2);
    expect(readAll / INPUTS).toBeLessThan(0.95);
  });
});
