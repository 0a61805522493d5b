import type { Benchmark, Report } from './benchmark.js';
import type { FanOut } from './children/fan-out.js';
import type { SessionsFigures, SessionsTask } from './children/sessions.js';
import { openMongo, type Mongo } from './mongo.js';
import { answerOf, start, type Stage } from './stage.js';
import { fixed, median } from './statistics.js';

const WRITES = 1000;
/** By hand each write waits for SQS, so that fewer have to do. */
const LATE_WRITES = 10;
const LATE_MS = 3000;
const CHANGES = 20;
const READERS = [1, 100, 10_000];
const MIB = 1024 * 1024;

type Case = Omit<SessionsTask, 'clientConfig'>;

const metadata: Case = {
  what: 'metadata',
  announced: true,
  lateMs: 0,
  writes: WRITES,
  messages: 0,
  messageChars: 150,
};
const feedback: Case = { ...metadata, what: 'feedback' };
const byHand: Case = { ...metadata, what: 'metadata by hand' };
const append: Case = { ...metadata, what: 'append' };
const read: Case = { ...metadata, what: 'read', messages: 50 };
/** 200 MB. */
const LARGE = { messages: 100_000, messageChars: 2000 };

/** The first of each kind is what the others are measured against. */
const CASES: Readonly<Record<string, Case>> = {
  'metadata, announced': metadata,
  'metadata, not announced': { ...metadata, announced: false },
  'metadata, SNS and SQS answer after 3 s': { ...metadata, lateMs: LATE_MS },
  'metadata, SNS and SQS never answer': { ...metadata, lateMs: null },
  'feedback, announced': feedback,
  'feedback, not announced': { ...feedback, announced: false },
  'feedback, SNS and SQS answer after 3 s': { ...feedback, lateMs: LATE_MS },
  'feedback, SNS and SQS never answer': { ...feedback, lateMs: null },
  'read, change, write, send by hand': byHand,
  'the same by hand, SQS answers after 3 s': { ...byHand, lateMs: LATE_MS, writes: LATE_WRITES },
  'append to a session of 10 messages': { ...append, messages: 10 },
  'append to a session of 100,000 messages': { ...append, messages: 100_000 },
  'read 50 messages of a session of 50': { ...read, messageChars: LARGE.messageChars },
  'read 50 messages of a session of 200 MB': { ...read, ...LARGE },
};

/** Where there is a MongoDB: the same beside a naive implementation on its plain driver. */
const MONGO_CASES: Readonly<Record<string, Case>> = {
  'metadata, announced, over MongoDB': metadata,
  'read, change, write, send on the plain MongoDB driver': byHand,
  'the same on the plain driver, SQS answers after 3 s': {
    ...byHand,
    lateMs: LATE_MS,
    writes: LATE_WRITES,
  },
  'read 50 messages of a session of 50, over MongoDB': {
    ...read,
    messageChars: LARGE.messageChars,
  },
  'read 50 messages of a session of 200 MB, over MongoDB': { ...read, ...LARGE },
};

/** What a change of a session costs its caller, and what it costs to show it. */
export const sessions: Benchmark = {
  name: 'sessions',
  what: 'a change of a session, one after the other, and readers that see it',
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
      const name = `shown to ${fixed(readers)} readers`;
      stage.progress(`sessions: ${name}`);
      const child = start('./children/fan-out.ts');
      child.send({ readers, changes: CHANGES, clientConfig: stage.clientConfig });
      const { ms, rssBytes } = await answerOf<FanOut>(child);
      figures[name] = { p50: median(ms), p99: percentile(ms, 0.99), rssBytes };
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
