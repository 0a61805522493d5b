/** What SQS may do to messages of a standard queue, for tests. Shares from 0 to 1. */
export interface Unreliability {
  readonly random: () => number;
  /** Messages that are delivered twice, even if the first copy is deleted. @defaultValue none */
  readonly duplicated?: number;
  /** Messages that later ones overtake. @defaultValue none */
  readonly overtaken?: number;
}

/** Milliseconds at most until a copy of a message is visible, or a message that others overtake. */
const LATE_MS = { duplicated: 3000, overtaken: 500 };

/** Milliseconds by which one message is late; 0 for most. */
export function lateMs(unreliable: Unreliability | undefined, what: keyof typeof LATE_MS): number {
  const { random, [what]: share = 0 } = unreliable ?? { random: () => 1 };
  return share > 0 && random() < share ? random() * LATE_MS[what] : 0;
}
