/** Milliseconds until the next attempt: a random part of `baseS` doubled with each attempt, at most of `capS`. */
export function retryDelayMs(
  attempt: number,
  { baseS, capS }: { readonly baseS: number; readonly capS: number },
  random: () => number = Math.random,
): number {
  const fullS = Math.min(capS, baseS * 2 ** (attempt - 1));
  // A whole second at least: what failed a moment ago mostly fails again.
  return Math.max(1, Math.ceil(random() * fullS)) * 1000;
}
