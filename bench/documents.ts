import type { Benchmark, Report, Size } from './benchmark.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentsAssignment, DocumentsFilled, DocumentsUsed } from './children/documents.js';
import { answerOf, start, type Stage } from './stage.js';
import { fixed } from './statistics.js';

/** Says that a child goes on: filling a store takes longer than the patience of a stage. */
interface Filling {
  readonly filled: number;
}

interface DocumentsFigures extends DocumentsFilled, DocumentsUsed {
  readonly documents: number;
}

const SIZES = [20_000, 100_000, 1_000_000];
const MIB = 1024 * 1024;

/** What the embedded document store costs, and that it does not grow with what is stored. */
export const documents: Benchmark = {
  name: 'documents',
  what: 'the embedded document store, by the number of documents',
  size: `${SIZES.map((size) => fixed(size)).join(', ')} documents of 300 bytes with three indexes, once`,
  async run(stage: Stage, { messages }: Size): Promise<Report> {
    const sizes = SIZES.filter((size) => messages === undefined || size <= messages);
    const found: DocumentsFigures[] = [];
    for (const count of sizes.length > 0 ? sizes : [messages ?? 0]) {
      stage.progress(`documents: ${fixed(count)}`);
      const documentsDir = await mkdtemp(join(tmpdir(), 'weft-bench-'));
      try {
        const filled = await answer<DocumentsFilled>({ documents: count, documentsDir });
        const used = await answer<DocumentsUsed>({ documents: 0, documentsDir });
        found.push({ documents: count, ...filled, ...used });
      } finally {
        await rm(documentsDir, { recursive: true });
      }
    }
    return {
      name: 'documents',
      title: documents.what,
      table: [
        [
          'documents',
          'inserts/s, one by one',
          'inserts/s, 50 at once',
          'µs a read by index',
          'µs a push onto one document',
          'ms to open again',
          'resident, MiB',
          'file, MiB',
        ],
        ...found.map((one) => [
          fixed(one.documents),
          fixed(one.insertsPerSecond),
          fixed(one.parallelInsertsPerSecond),
          fixed(one.readUs, 1),
          fixed(one.pushUs, 1),
          fixed(one.openMs, 1),
          fixed(one.rssBytes / MIB, 1),
          fixed(one.fileBytes / MIB, 1),
        ]),
      ],
      settings: {
        'embedded store':
          'node:sqlite, WAL, synchronous NORMAL; each insert is awaited, and is a transaction of its own one by one',
      },
      figures: Object.fromEntries(found.map((one) => [String(one.documents), { ...one }])),
      runs: { 'embedded store': found },
    };
  },
};

/** One process for each part. */
async function answer<T extends object>(assignment: DocumentsAssignment): Promise<T> {
  const child = start('./children/documents.ts', ['--expose-gc']);
  child.send(assignment);
  let said = await answerOf<T | Filling>(child);
  while ('filled' in said) said = await answerOf<T | Filling>(child);
  child.kill();
  return said;
}
