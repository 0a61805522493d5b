// Measures queries in a process of its own: SELECT 1 by hand and by Weft, and what long queries cost the rest of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { bootstrap } from '../../src/app/bootstrap.js';
import { loadServiceSettings } from '../../src/app/service-settings.js';
import { DuckDbEngine } from '../../src/features/query/duckdb/duckdb.engine.js';
import { CommandsClient } from '../../src/messaging/index.js';
import { Command } from '../../src/protocol/index.js';

export interface QueryFigures {
  /** Milliseconds of each SELECT 1, by who ran it. */
  readonly select: Readonly<Record<string, readonly number[]>>;
  /** Milliseconds of the longest read of a small file, by what ran beside it. */
  readonly longestReadMs: Readonly<Record<string, number>>;
}

const WARM_UP = 20;
const QUERIES = 200;
const LONG_QUERIES = 4;
const LONG_MS = 3000;
const SELECT = 'SELECT 1 AS num';
const ENDLESS =
  'SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range * b.range % 7 = 8';
const SMALL_FILE = fileURLToPath(import.meta.url);

const folder = mkdtempSync(join(tmpdir(), 'weft-bench-query-'));
const never = new AbortController().signal;

async function timed(work: () => Promise<unknown>): Promise<number[]> {
  for (let n = 0; n < WARM_UP; n++) await work();
  const times: number[] = [];
  for (let n = 0; n < QUERIES; n++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return times;
}

/** Reads a small file again and again while something else runs. @returns the longest read. */
async function longestRead(untilMs: number): Promise<number> {
  let longestMs = 0;
  while (performance.now() < untilMs) {
    const startedMs = performance.now();
    await readFile(SMALL_FILE);
    longestMs = Math.max(longestMs, performance.now() - startedMs);
  }
  return longestMs;
}

const instance = await DuckDBInstance.create(join(folder, 'hand.duckdb'));
const connection = await instance.connect();
const engine = new DuckDbEngine({
  path: join(folder, 'engine.duckdb'),
  readOnly: false,
  memoryLimit: '1GB',
  threads: 1,
  spillDir: '',
  recordTtlS: 3600,
  concurrency: LONG_QUERIES,
  timeoutMs: 60_000,
});
const ask = (sql: string, signal = never) =>
  engine.execute({ sql, parameters: [], maxRows: 1, key: randomUUID(), sources: [] }, signal);
const service = await bootstrap(
  loadServiceSettings({
    WEFT_DATA_DIR: join(folder, 'data'),
    PORT: '0',
    LOG_LEVEL: 'silent',
  }),
  { logger: false },
);
const commands = service.app.get(CommandsClient);

const byHandOnAFile = async (): Promise<void> => {
  const opened = await DuckDBInstance.create(join(folder, 'each.duckdb'));
  const own = await opened.connect();
  await own.runAndReadAll(SELECT);
  own.closeSync();
  opened.closeSync();
};
const byCommand = () =>
  commands.request(new Command({ type: 'query', action: 'execute', payload: { sql: SELECT } }));

const select = {
  'DuckDB by hand': await timed(() => connection.runAndReadAll(SELECT)),
  'DuckDB by hand, the file opened each time': await timed(byHandOnAFile),
  'Weft, its engine alone': await timed(() => ask(SELECT)),
  'Weft, by Command and Result': await timed(byCommand),
};

const idleMs = await longestRead(performance.now() + LONG_MS);

const stop = new AbortController();
const long = Array.from({ length: LONG_QUERIES }, () =>
  ask(ENDLESS, stop.signal).catch(() => undefined),
);
const byWeftMs = await longestRead(performance.now() + LONG_MS);
stop.abort();
await Promise.all(long);

const own = await Promise.all(Array.from({ length: LONG_QUERIES }, () => instance.connect()));
await connection.run('SET threads = 1');
const running = own.map((one) => one.run(ENDLESS).catch(() => undefined));
const interrupt = setTimeout(() => own.forEach((one) => one.interrupt()), LONG_MS);
const byHandMs = await longestRead(performance.now() + LONG_MS);
clearTimeout(interrupt);
own.forEach((one) => one.interrupt());
await Promise.all(running);

const figures: QueryFigures = {
  select,
  longestReadMs: {
    'nothing else': idleMs,
    [`${LONG_QUERIES} long queries by Weft`]: byWeftMs,
    [`${LONG_QUERIES} long queries by hand, in the process`]: byHandMs,
  },
};
await service.close();
await engine.close();
own.forEach((one) => one.closeSync());
connection.closeSync();
instance.closeSync();
rmSync(folder, { recursive: true, force: true });
process.send?.(figures, () => process.exit(0));
