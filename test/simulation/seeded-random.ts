import { seeded } from '../support/seeded.js';

const unseeded = Math.random;

/** `Math.random` gives the numbers of a seed until the work ends: back-offs and pauses have a random part. */
export async function withSeed<T>(seed: number, work: () => Promise<T>): Promise<T> {
  Math.random = seeded(seed);
  try {
    return await work();
  } finally {
    Math.random = unseeded;
  }
}

/** Does work that takes no number of the seed, because how many it takes depends on earlier runs. */
export function withoutSeed<T>(work: () => T): T {
  const { random } = Math;
  Math.random = unseeded;
  try {
    return work();
  } finally {
    Math.random = random;
  }
}
