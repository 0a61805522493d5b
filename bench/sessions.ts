import type { Benchmark, Report } from './benchmark.js';
import type { FanOut } from './children/fan-out.js';
import type { SessionsFigures, SessionsTask } from './children/sessions.js';
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
};
const byHand: Case = { ...metadata, what: 'metadata by hand' };
const append: Case = { ...metadata, what: 'append' };

/** The first of each kind is what the others are measured against. */
const CASES: Readonly<Record<string, Case>> = {
  'metadata, announced': metadata,
  'metadata, not announced': { ...metadata, announced: false },
  'metadata, SNS and SQS answer after 3 s': { ...metadata, lateMs: LATE_MS },
  'metadata, SNS and SQS never answer': { ...metadata, lateMs: null },
  'read, change, write, send by hand': byHand,
  'the same by hand, SQS answers after 3 s': { ...byHand, lateMs: LATE_MS, writes: LATE_WRITES },
  'append to a session of 10 messages': { ...append, messages: 10 },
  'append to a session of 100,000 messages': { ...append, messages: 100_000 },
};

/** What a change of a session costs its caller, and what it costs to show it. */
export const sessions: Benchmark = {
  name: 'sessions',
  what: 'a change of a session, one after the other, and readers that see it',
  size: `${fixed(WRITES)} writes a line, ${CHANGES} changes to up to ${fixed(READERS.at(-1) ?? 0)} readers`,
  async run(stage: Stage): Promise<Report> {
    const rows: string[][] = [];
    const figures: Record<string, Record<string, number>> = {};
    for (const [name, one] of Object.entries(CASES)) {
      stage.progress(`sessions: ${name}`);
      const child = start('./children/sessions.ts');
      child.send({ ...one, clientConfig: stage.clientConfig });
      const ms = await answerOf<SessionsFigures>(child);
      figures[name] = { p50: median(ms), p99: percentile(ms, 0.99) };
      rows.push([
        name,
        fixed((1000 * ms.length) / ms.reduce((sum, each) => sum + each, 0)),
        fixed(median(ms), 2),
        fixed(percentile(ms, 0.99), 2),
        '',
      ]);
    }
    for (const readers of READERS) {
      const name = `shown to ${fixed(readers)} readers`;
      stage.progress(`sessions: ${name}`);
      const child = start('./children/fan-out.ts');
      child.send({ readers, changes: CHANGES, clientConfig: stage.clientConfig });
      const { ms, rssBytes } = await answerOf<FanOut>(child);
      figures[name] = { p50: median(ms), p99: percentile(ms, 0.99), rssBytes };
      rows.push([
        name,
        fixed(1000 / median(ms)),
        fixed(median(ms), 2),
        fixed(percentile(ms, 0.99), 2),
        fixed(rssBytes / MIB),
      ]);
    }
    return {
      name: 'sessions',
      title: sessions.what,
      table: [['', 'per second', 'p50 ms', 'p99 ms', 'resident, MiB'], ...rows],
      settings: { documents: 'embedded (SQLite), 20 sessions; by hand over the same store' },
      figures,
      runs: {},
    };
  },
};

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
