import { fuzz, type Outcome } from './target.js';
import { TARGETS } from './targets.js';

/** What the prototype of every object has, before anything was read. */
const ownNames = (): string => Object.getOwnPropertyNames(Object.prototype).toSorted().join();
const CLEAN = ownNames();

/** Spreads so many inputs over all targets, or those whose name fits `only`, one target after the other. */
export async function fuzzAll(
  inputs: number,
  seed: number,
  onOutcome: (outcome: Outcome) => void = () => undefined,
  only = /^/,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly prototypeIsClean: boolean }> {
  const chosen = TARGETS.filter(({ name }) => only.test(name));
  const each = Math.ceil(inputs / Math.max(1, chosen.length));
  const outcomes: Outcome[] = [];
  for (const one of chosen) {
    const outcome = await fuzz(one, each, seed);
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  return { outcomes, prototypeIsClean: ownNames() === CLEAN };
}
