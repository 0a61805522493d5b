/** What a standard queue may do to its messages, and a test has it do. Shares from 0 to 1. */
export interface Unreliability {
  readonly random: () => number;
  /** Messages that are received once more, whatever becomes of the first receive. */
  readonly duplicated?: number;
  /** Messages that later ones overtake. */
  readonly overtaken?: number;
}

const OVERTAKEN_MS = 500;
const DUPLICATED_MS = 3000;

/** Milliseconds by which a message is late, so that others overtake it; mostly 0. */
export const overtakenMs = (unreliable: Unreliability | undefined): number =>
  OVERTAKEN_MS * strikes(unreliable?.overtaken, unreliable?.random);

/** Milliseconds after which another copy of a message is received; mostly 0, for none. */
export const duplicatedMs = (unreliable: Unreliability | undefined): number =>
  DUPLICATED_MS * strikes(unreliable?.duplicated, unreliable?.random);

const strikes = (share = 0, random: () => number = () => 1): number =>
  share > 0 && random() < share ? random() : 0;
