/** An entry that waits for its call. */
export interface WaitingEntry {
  readonly bytes: number;
  /** Entries of one group never share a call: one could fail while a later one succeeds. */
  readonly group?: string | undefined;
}

interface BatchLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

// Bounds the search: entries further back wait, even if their group is free.
const LOOK_AHEAD = 500;

/** Takes the entries of the next call, in order, and at most one of each group. */
export function takeBatch<W extends WaitingEntry>(waiting: W[], limits: BatchLimits): W[] {
  const batch: W[] = [];
  const passed: W[] = [];
  const groups = new Set<string>();
  let bytes = 0;
  for (const one of waiting) {
    if (batch.length === limits.maxEntries || passed.length === LOOK_AHEAD) break;
    if (one.group !== undefined && groups.has(one.group)) {
      passed.push(one);
      continue;
    }
    if (batch.length > 0 && bytes + one.bytes > limits.maxBytes) break;
    bytes += one.bytes;
    batch.push(one);
    if (one.group !== undefined) groups.add(one.group);
  }
  waiting.splice(0, batch.length + passed.length, ...passed);
  return batch;
}
