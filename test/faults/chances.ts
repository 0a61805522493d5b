import { seeded } from '../support/seeded.js';

/** The chances of a row's faults. The first is taken: a small row has few calls of a kind, and none of them might be struck. */
export function chancesOf(seed: number): () => number {
  const random = seeded(seed);
  let first = true;
  return () => {
    if (!first) return random();
    first = false;
    return 0;
  };
}
