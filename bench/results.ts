import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, Report, Size } from './benchmark.js';
import type { ResultsAssignment, ResultsCost } from './children/results.js';
import { openMongo } from './mongo.js';
import { answerOf, start, type Stage } from './stage.js';
import { fixed } from './statistics.js';

const RESULTS = 2000;
/** One by one, what one receive brings, and what the consumer takes at once. */
const RECEIVES = [1, 10, 50];

interface Measured extends ResultsCost {
  readonly store: string;
}

/** What it costs to write Results into their steps: one by one, as before, and those of a receive together. */
export const results: Benchmark = {
  name: 'results',
  what: 'Results written into their steps, one by one and those of a receive together',
  size: `${fixed(RESULTS)} Results each way; MongoDB's wire where mongo-java-server is installed, or MONGODB_URI set`,
  async run(stage: Stage, { messages = RESULTS }: Size): Promise<Report> {
    const found: Measured[] = [];
    const measure = async (store: string, uri?: string): Promise<void> => {
      stage.progress(`results: ${store}`);
      const documentsDir = await mkdtemp(join(tmpdir(), 'weft-bench-'));
      const child = start('./children/results.ts');
      try {
        const assignment: ResultsAssignment = {
          documentsDir,
          results: messages,
          receives: RECEIVES,
          ...(uri !== undefined && { uri }),
        };
        child.send(assignment);
        const costs = await answerOf<ResultsCost[]>(child);
        found.push(...costs.map((cost) => ({ store, ...cost })));
      } finally {
        child.kill();
        await rm(documentsDir, { recursive: true });
      }
    };
    await measure('embedded');
    const mongo = await stage.attempt('mongo-java-server', openMongo);
    try {
      if (mongo) await stage.attempt(mongo.name, () => measure(mongo.name, mongo.uri));
    } finally {
      await mongo?.close();
    }
    return {
      name: 'results',
      title: results.what,
      table: [
        [
          'store',
          'Results at once',
          'calls of the store a Result',
          'µs of CPU a Result',
          'µs a Result',
        ],
        ...found.map((one) => [
          one.store,
          fixed(one.receive),
          fixed(one.calls, 2),
          fixed(one.cpuUs, 1),
          fixed(one.us, 1),
        ]),
      ],
      settings: { Results: 'successes without references, each of a step of its own' },
      figures: Object.fromEntries(
        found.map(({ store, receive, calls, cpuUs, us }) => [
          `${store}, ${receive} at once`,
          { calls, cpuUs, us },
        ]),
      ),
      runs: { results: found },
    };
  },
};
