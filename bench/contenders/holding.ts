import type { Course } from '../contender.js';

/** A handler that ends when `held` later messages have come, so that as many are in flight at any time. */
export function holding(held: number, { handle }: Course): () => Promise<void> {
  const waiting: (() => void)[] = [];
  let oldest = 0;
  return async () => {
    const later = new Promise<void>((resolve) => waiting.push(resolve));
    if (waiting.length - oldest > held) {
      waiting[oldest]?.();
      oldest += 1;
    }
    if (oldest >= held) {
      waiting.splice(0, oldest);
      oldest = 0;
    }
    await later;
    await handle();
  };
}
