import { doubledWith } from '../../common/back-off.js';

/** Milliseconds until the next attempt: a random part of `baseS` doubled with each attempt, at most of `capS`. */
export function retryDelayMs(
  attempt: number,
  { baseS, capS }: { readonly baseS: number; readonly capS: number },
  random: () => number = Math.random,
): number {
  // At least a whole second, because an immediate retry mostly fails again.
  return Math.max(1, Math.ceil(random() * doubledWith(attempt, baseS, capS))) * 1000;
}
