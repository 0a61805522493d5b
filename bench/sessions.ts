import type { Benchmark, Report } from './benchmark.js';
import type { FanOut } from './children/fan-out.js';
import type { SessionsFigures, SessionsTask } from './children/sessions.js';
import { openMongo, type Mongo } from './mongo.js';
import { CASES, MONGO_CASES, READERS, shownTo, WRITES, type Case } from './sessions-cases.js';
import { answerOf, start, type Stage } from './stage.js';
import { fixed, median } from './statistics.js';

const CHANGES = 20;
const MIB = 1024 * 1024;

/** What a change of a session costs its caller, and what it costs to show it. */
export const sessions: Benchmark = {
  name: 'sessions',
  what: 'changes of a session, one after the other, and readers that see them',
  size: `${fixed(WRITES)} writes a line, ${CHANGES} changes to up to ${fixed(READERS.at(-1) ?? 0)} readers`,
  async run(stage: Stage): Promise<Report> {
    const rows: string[][] = [];
    const figures: Record<string, Record<string, number>> = {};
    const measure = async (cases: Readonly<Record<string, Case>>, mongodbUri?: string) => {
      for (const [name, one] of Object.entries(cases)) {
        stage.progress(`sessions: ${name}`);
        const child = start('./children/sessions.ts');
        const task: SessionsTask = { ...one, clientConfig: stage.clientConfig };
        child.send(mongodbUri === undefined ? task : { ...task, mongodbUri });
        const ms = await answerOf<SessionsFigures>(child);
        figures[name] = { p50: median(ms), p99: percentile(ms, 0.99) };
        rows.push(rowOf(name, (1000 * ms.length) / ms.reduce((sum, each) => sum + each, 0), ms));
      }
    };
    await measure(CASES);
    const mongo = await openMongo();
    try {
      if (mongo)
        await stage.attempt('sessions over MongoDB', () => measure(MONGO_CASES, mongo.uri));
    } finally {
      await mongo?.close();
    }
    for (const readers of READERS) {
      const name = shownTo(readers);
      stage.progress(`sessions: ${name}`);
      const child = start('./children/fan-out.ts');
      child.send({ readers, changes: CHANGES, clientConfig: stage.clientConfig });
      const { ms, rssBytes } = await answerOf<FanOut>(child);
      figures[name] = { p50: median(ms), p99: percentile(ms, 0.99), rssMib: rssBytes / MIB };
      rows.push(rowOf(name, 1000 / median(ms), ms, rssBytes));
    }
    return {
      name: 'sessions',
      title: sessions.what,
      table: [['', 'per second', 'p50 ms', 'p99 ms', 'resident, MiB'], ...rows],
      settings: {
        documents: 'embedded (SQLite), 20 sessions; by hand over the same store',
        MongoDB: aboutMongo(mongo),
      },
      figures,
      runs: {},
    };
  },
};

const rowOf = (name: string, perSecond: number, ms: readonly number[], rss?: number): string[] => [
  name,
  fixed(perSecond),
  fixed(median(ms), 2),
  fixed(percentile(ms, 0.99), 2),
  rss === undefined ? '' : fixed(rss / MIB),
];

const aboutMongo = (mongo: Mongo | undefined): string =>
  mongo === undefined
    ? 'left out, with the plain driver: set MONGODB_URI, or install the engine by "npm run test:engines -- --install mongo-java-server"'
    : `${mongo.name}, 20 sessions; Weft through mongoose, by hand on the driver`;

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
