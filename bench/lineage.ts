import type { Benchmark, Report, Size } from './benchmark.js';
import type { LineageAssignment, LineageFigures } from './children/lineage.js';
import { openMongo } from './mongo.js';
import { openPostgres } from './postgres.js';
import { answerOf, start, type Stage } from './stage.js';
import { fixed } from './statistics.js';

/** Says that a child goes on: filling a store takes longer than the patience of a stage. */
interface Filling {
  readonly filled: number;
}

const SIZES = [10_000, 100_000, 1_000_000];
/** Of an engine that looks at every edge for each of a question's calls. */
const SCANNED_SIZES = [1000, 10_000];
const SCANNED_QUESTIONS = 100;
const BAR_MS = 0.25;

/** How long a question of depth 10 takes, by how many edges there are, beside PostgreSQL. */
export const lineage: Benchmark = {
  name: 'lineage',
  what: 'a lineage query of depth 10, by the number of edges',
  size: `${SIZES.map((size) => fixed(size)).join(', ')} edges, 500 questions, once; PostgreSQL and mongo-java-server (small sizes alone) where they are installed, MongoDB where MONGODB_URI is set`,
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
    const mongo = await stage.attempt('mongo-java-server', openMongo);
    const postgres = await openPostgres();
    try {
      for (const edges of mongo?.scans === true ? SCANNED_SIZES : []) {
        const uri = mongo?.uri;
        await stage.attempt('lineage over mongo-java-server', () =>
          measure({ store: 'mongodb', edges, uri, questions: SCANNED_QUESTIONS }),
        );
      }
      for (const edges of sizes.length > 0 ? sizes : [messages ?? 0]) {
        await measure({ store: 'embedded', edges, uri: undefined });
        if (mongo && !mongo.scans)
          await stage.attempt('lineage over MongoDB', () =>
            measure({ store: 'mongodb', edges, uri: mongo.uri }),
          );
        if (postgres) await measure({ store: 'postgresql', edges, uri: postgres.uri });
      }
    } finally {
      await postgres?.close();
      await mongo?.close();
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
          'p99 of that, ms',
          'times a question lost its core',
          'longest GC, ms',
          'load of the machine',
          'nodes found',
          'ms to write a step',
          'median, a mark each 0.25 ms',
        ],
        ...found.map((one) => [
          one.store === 'mongodb' ? (mongo?.name ?? one.store) : one.store,
          fixed(one.edges),
          fixed(one.medianMs, 2),
          fixed(one.p99Ms, 2),
          fixed(one.cpuMs, 2),
          fixed(one.cpuP99Ms, 2),
          fixed(one.switches, 2),
          fixed(one.longestGcMs, 1),
          fixed(one.load, 1),
          fixed(one.nodes),
          fixed(one.writeMs, 2),
          '▇'.repeat(Math.max(1, Math.round(one.medianMs / BAR_MS))).slice(0, 60),
        ]),
      ],
      settings: {
        embedded: 'get_lineage over node:sqlite: two calls of the store a layer',
        'wall and CPU':
          'p99 is wall-clock: on a machine with a load beyond its cores it counts the turns of other processes; the CPU does not',
        ...(mongo && {
          [mongo.name]: mongo.scans
            ? `get_lineage over the wire, ${SCANNED_QUESTIONS} questions; it has no secondary indexes and looks at every edge, so its times grow with them, and say nothing of MongoDB's`
            : 'get_lineage over MONGODB_URI',
        }),
        ...(postgres && {
          postgresql:
            'one recursive CTE over a table with the same indexes, analysed, over a socket',
        }),
      },
      figures: Object.fromEntries(
        found.map(({ store, edges, medianMs, p99Ms, cpuMs, cpuP99Ms, writeMs }) => [
          `${store} ${edges}`,
          { medianMs, p99Ms, cpuMs, cpuP99Ms, writeMs },
        ]),
      ),
      runs: { lineage: found },
    };
  },
};
