import type { Course } from '../contender.js';

/** A handler that ends when `held` later messages have come; the last ones end together. */
export function holding(held: number, { messages, handle }: Course): () => Promise<void> {
  const open: (() => void)[] = [];
  let oldest = 0;
  let come = 0;
  const release = (): void => {
    open[oldest]?.();
    oldest += 1;
    if (oldest < held) return;
    open.splice(0, oldest);
    oldest = 0;
  };
  return async () => {
    come += 1;
    const released = new Promise<void>((resolve) => open.push(resolve));
    if (come > held) release();
    if (come === messages) for (let left = held; left > 0; left -= 1) release();
    await released;
    await handle();
  };
}
