import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import type { DuckDbEngine } from '../../../src/features/query/duckdb/duckdb.engine.js';
import { waitFor } from '../../support/wait.js';
import { ask, script, TestDuckDb } from './duckdb.fixture.js';

/** Runs for minutes unless it is stopped. */
const ENDLESS =
  'SELECT count(*) FROM range(100000) a, range(100000) b WHERE a.range * b.range % 7 = 8';
/** Runs long enough to be killed, and ends. */
const SLOW = 'SELECT count(*) FROM range(10000) a, range(8000) b WHERE a.range * b.range % 7 = 8';

let database: TestDuckDb;
let engine: DuckDbEngine;

beforeEach(() => {
  database = new TestDuckDb();
  engine = database.engine();
});
afterEach(() => database.close());

const kill = async (other?: number): Promise<number> => {
  const pid = await waitFor('a process of the engine other than the last', () =>
    engine.pid === other ? undefined : engine.pid,
  );
  process.kill(pid, 'SIGKILL');
  return pid;
};

describe('A query whose process is killed', () => {
  it('is run again by another process, and answered', async () => {
    const answer = ask(engine, SLOW);
    await kill();
    expect(await answer).toMatchObject({ rows: [[0]] });
  });

  it('is answered with an error after three deaths, and the next one runs', async () => {
    const answer = ask(engine, ENDLESS).catch((error: unknown) => error);
    let pid: number | undefined;
    for (let deaths = 0; deaths < 3; deaths++) pid = await kill(pid);
    expect(await answer).toMatchObject({
      message: expect.stringContaining('the query process died 3 times on this Command'),
      retryable: false,
    });
    expect((await ask(engine, 'SELECT 1')).rows).toEqual([[1]]);
  });

  it('does not harm what was written before', async () => {
    await ask(engine, 'CREATE TABLE kept AS SELECT 1 AS a');
    const answer = ask(engine, `INSERT INTO kept ${SLOW}`);
    await kill();
    await answer;
    expect((await ask(engine, 'SELECT count(*) FROM kept')).rows).toEqual([[2]]);
  });
});

describe('A change that was made but not acknowledged', () => {
  it('is answered and not made again, also by another process', async () => {
    await ask(engine, 'CREATE TABLE counted (a INTEGER)');
    const key = 'same-command';
    const first = await ask(engine, 'INSERT INTO counted VALUES (1) RETURNING a', { key });
    expect(await ask(engine, 'INSERT INTO counted VALUES (1) RETURNING a', { key })).toEqual(first);
    await engine.close();
    const next = database.engine();
    expect(await ask(next, 'INSERT INTO counted VALUES (1) RETURNING a', { key })).toEqual(first);
    expect((await ask(next, 'SELECT count(*) FROM counted')).rows).toEqual([[1]]);
  });

  it('is made once by a script, which is answered as before', async () => {
    await script(engine, 'CREATE TABLE counted (a INTEGER)');
    const sql = 'INSERT INTO counted VALUES (1); INSERT INTO counted VALUES (2)';
    expect(await script(engine, sql, 'k')).toEqual(await script(engine, sql, 'k'));
    expect((await ask(engine, 'SELECT count(*) FROM counted')).rows).toEqual([[2]]);
  });

  it('is forgotten when its time is over', async () => {
    await ask(engine, 'CREATE TABLE counted (a INTEGER)');
    await ask(engine, 'INSERT INTO counted VALUES (1)', { key: 'k' });
    const forgetful = database.engine({ recordTtlS: -1 });
    expect((await ask(forgetful, 'SELECT key FROM weft_commands')).rows).toEqual([]);
  });
});

describe('A query that takes too long', () => {
  it('is interrupted at the end of its time, and says so', async () => {
    const hasty = database.engine({ timeoutMs: 1000 });
    await expect(ask(hasty, ENDLESS)).rejects.toMatchObject({
      message: 'it ran longer than 1 seconds (QUERY_TIMEOUT_SECONDS), and was interrupted',
      retryable: false,
      reason: 'Timeout',
    });
    // A busy machine may need more than a second for the first of them.
    const { rows } = await waitFor('the next query to be answered', () => ask(hasty, 'SELECT 1'));
    expect(rows).toEqual([[1]]);
  });

  it('is interrupted when its message is no longer to be handled', async () => {
    const controller = new AbortController();
    const answer = ask(engine, ENDLESS, {}, controller.signal).catch((error: unknown) => error);
    await waitFor('a process of the engine', () => engine.pid);
    controller.abort();
    expect(await answer).toMatchObject({ code: 'WEFT_RETRYABLE' });
  });

  it('does not hold up another', async () => {
    const controller = new AbortController();
    const endless = ask(engine, ENDLESS, {}, controller.signal).catch((error: unknown) => error);
    expect((await ask(engine, 'SELECT 1')).rows).toEqual([[1]]);
    controller.abort();
    await endless;
  });
});

describe('A database file', () => {
  it('that another process has locked is tried again later', async () => {
    await ask(engine, 'CREATE TABLE t (a INTEGER)');
    const controller = new AbortController();
    const holding = ask(engine, ENDLESS, {}, controller.signal).catch((error: unknown) => error);
    const other = database.engine();
    // Until the first has opened the file, the second still gets it.
    const refused = await waitFor('the second query to be refused', async () => {
      const answer = await ask(other, 'SELECT 1').catch((error: unknown) => error);
      return answer instanceof Error ? answer : undefined;
    });
    expect(refused).toMatchObject({
      message: expect.stringContaining('Could not set lock on file'),
      retryable: true,
    });
    controller.abort();
    await holding;
  });

  it('that is none is an error at once', async () => {
    writeFileSync(database.path, 'x'.repeat(20_000));
    await expect(ask(engine, 'SELECT 1')).rejects.toMatchObject({
      message: expect.stringMatching(/not a valid DuckDB database file/),
      retryable: false,
    });
  });

  it('that is not there cannot be only read', async () => {
    const reader = database.engine({ readOnly: true });
    await expect(ask(reader, 'SELECT 1')).rejects.toMatchObject({ retryable: false });
  });

  it('that was deleted is made again, with its record of Commands', async () => {
    await ask(engine, 'CREATE TABLE t (a INTEGER)');
    rmSync(database.path);
    await ask(engine, 'CREATE TABLE t (a INTEGER)', { key: 'k' });
    expect((await ask(engine, 'SELECT key FROM weft_commands')).rows).toEqual([['k']]);
  });

  it('is not held while no query runs', async () => {
    await ask(engine, 'CREATE TABLE t (a INTEGER)');
    expect((await ask(database.engine(), 'SELECT * FROM t')).rows).toEqual([]);
    expect((await ask(engine, 'SELECT * FROM t')).rows).toEqual([]);
  });
});
