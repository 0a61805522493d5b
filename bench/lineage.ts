import type { Benchmark, Report, Size } from './benchmark.js';
import type { LineageAssignment, LineageFigures } from './children/lineage.js';
import { openPostgres } from './postgres.js';
import { answerOf, start, type Stage } from './stage.js';
import { fixed } from './statistics.js';

/** Says that a child goes on: filling a store takes longer than the patience of a stage. */
interface Filling {
  readonly filled: number;
}

const SIZES = [10_000, 100_000, 1_000_000];
const BAR_MS = 0.25;

/** How long a question of depth 10 takes, by how many edges there are, beside PostgreSQL. */
export const lineage: Benchmark = {
  name: 'lineage',
  what: 'a lineage question of depth 10 by the edges there are',
  size: `${SIZES.map((size) => fixed(size)).join(', ')} edges, 500 questions, once; PostgreSQL where it is installed, MongoDB where MONGODB_URI is set`,
  async run(stage: Stage, { messages }: Size): Promise<Report> {
    const sizes = SIZES.filter((size) => messages === undefined || size <= messages);
    const found: LineageFigures[] = [];
    const measure = async (assignment: LineageAssignment): Promise<void> => {
      stage.progress(`lineage: ${assignment.store}, ${fixed(assignment.edges)} edges`);
      const child = start('./children/lineage.ts');
      child.send(assignment);
      let answer = await answerOf<LineageFigures | Filling>(child);
      while ('filled' in answer) answer = await answerOf<LineageFigures | Filling>(child);
      found.push(answer);
      child.kill();
    };
    const mongodbUri = process.env['MONGODB_URI'];
    const postgres = await openPostgres();
    try {
      for (const edges of sizes.length > 0 ? sizes : [messages ?? 0]) {
        await measure({ store: 'embedded', edges, uri: undefined });
        if (mongodbUri)
          await stage.attempt('lineage over MongoDB', () =>
            measure({ store: 'mongodb', edges, uri: mongodbUri }),
          );
        if (postgres) await measure({ store: 'postgresql', edges, uri: postgres.uri });
      }
    } finally {
      await postgres?.close();
    }
    return {
      name: 'lineage',
      title: `${lineage.what}, 500 questions each`,
      table: [
        [
          'store',
          'edges',
          'median, ms',
          'p99, ms',
          'CPU of the asking process, ms',
          'nodes found',
          'ms to write a step',
          'median, a mark each 0.25 ms',
        ],
        ...found.map((one) => [
          one.store,
          fixed(one.edges),
          fixed(one.medianMs, 2),
          fixed(one.p99Ms, 2),
          fixed(one.cpuMs, 2),
          fixed(one.nodes),
          fixed(one.writeMs, 2),
          '▇'.repeat(Math.max(1, Math.round(one.medianMs / BAR_MS))).slice(0, 60),
        ]),
      ],
      settings: {
        embedded: 'get_lineage over node:sqlite: two calls of the store a layer',
        ...(mongodbUri && { mongodb: `get_lineage over MONGODB_URI` }),
        ...(postgres && {
          postgresql:
            'one recursive CTE over a table with the same indexes, analysed, over a socket',
        }),
      },
      figures: Object.fromEntries(
        found.map(({ store, edges, medianMs, p99Ms, cpuMs, writeMs }) => [
          `${store} ${edges}`,
          { medianMs, p99Ms, cpuMs, writeMs },
        ]),
      ),
      runs: { lineage: found },
    };
  },
};
