import { fuzz, type Outcome } from './target.js';
import { TARGETS } from './targets.js';

/** What the prototype of every object has, before anything was read. */
const ownNames = (): string => Object.getOwnPropertyNames(Object.prototype).toSorted().join();
const CLEAN = ownNames();

/** Spreads so many inputs over all targets, one target after the other. */
export async function fuzzAll(
  inputs: number,
  seed: number,
  onOutcome: (outcome: Outcome) => void = () => undefined,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly prototypeIsClean: boolean }> {
  const each = Math.ceil(inputs / TARGETS.length);
  const outcomes: Outcome[] = [];
  for (const one of TARGETS) {
    const outcome = await fuzz(one, each, seed);
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  return { outcomes, prototypeIsClean: ownNames() === CLEAN };
}
