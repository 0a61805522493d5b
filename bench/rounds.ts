import type { Size } from './benchmark.js';

/** The numbers of the rounds to be run; at least one, and no further ones once time is up. */
export function* roundsOf(size: Size, usual: number): Generator<number> {
  const last = size.rounds ?? usual;
  for (let round = 1; round <= last; round += 1) {
    if (round > 1 && performance.now() > size.singleRoundsAfterMs) return;
    yield round;
  }
}
