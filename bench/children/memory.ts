import { contenderOf } from '../assigned-contender.js';
import { assigned, courseOf } from '../assignment.js';

/** What the process holds after so many messages, garbage collected. */
export interface MemorySample {
  readonly messages: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly atMs: number;
}

const assignment = await assigned();
const { gc } = globalThis;
if (!gc) throw new Error('Needs --expose-gc');
let handled = 0;
const sample = (messages: number): void => {
  gc();
  const { heapUsed: heapBytes, external, rss: rssBytes } = process.memoryUsage();
  const atMs = performance.now();
  process.send?.({ messages, heapBytes: heapBytes + external, rssBytes, atMs });
};
const done = (): void => {
  handled += 1;
  // Not in the middle of a message.
  if (handled % assignment.sampleEvery === 0) setImmediate(sample, handled);
};
await contenderOf(assignment).start(courseOf(assignment, done));
