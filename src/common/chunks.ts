/** Splits values into lists of `size`, in order; the last list may be shorter. */
export function* chunksOf<T>(values: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < values.length; start += size) yield values.slice(start, start + size);
}
