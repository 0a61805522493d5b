import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDbEngine } from '../../../src/features/query/duckdb/duckdb.engine.js';
import { ask, script, TestDuckDb } from './duckdb.fixture.js';

const database = new TestDuckDb();
const secret = join(database.folder, 'secret.csv');
const prey = join(database.folder, 'prey');
let engine: DuckDbEngine;

beforeAll(async () => {
  writeFileSync(secret, 'password\nhunter2\n');
  engine = database.engine();
  await ask(engine, 'CREATE TABLE t AS SELECT 1 AS a');
});
afterAll(() => database.close());

describe('SQL is refused that', () => {
  it.each([
    ['reads a file as CSV', `SELECT * FROM read_csv('${secret}')`],
    ['reads a file by its name alone', `SELECT * FROM '${secret}'`],
    ['reads a file as text', `SELECT content FROM read_text('${secret}')`],
    ['reads a file as bytes', `SELECT content FROM read_blob('${secret}')`],
    ['reads a file as JSON', `SELECT * FROM read_json('${secret}')`],
    ['reads a file as Parquet', `SELECT * FROM read_parquet('${secret}')`],
    ['reads a file of Parquet’s metadata', `SELECT * FROM parquet_metadata('${secret}')`],
    ['lists files', `SELECT * FROM glob('${database.folder}/*')`],
    ['sniffs a file', `SELECT * FROM sniff_csv('${secret}')`],
    ['reads the spill folder', `SELECT * FROM read_text('${database.folder}/spill/*')`],
    ['reads an address', "SELECT * FROM read_csv('https://127.0.0.1:1/x.csv')"],
    ['reads a bucket', "SELECT * FROM read_parquet('s3://bucket/key')"],
    ['reads a file within a subquery', `SELECT (SELECT content FROM read_text('${secret}'))`],
    ['reads a file into a table', `CREATE TABLE stolen AS FROM read_csv('${secret}')`],
    ['reads a file in a macro', `CREATE MACRO m() AS TABLE SELECT * FROM read_csv('${secret}')`],
    ['attaches a file', `ATTACH '${prey}.duckdb' AS prey`],
    ['attaches a database in memory', "ATTACH ':memory:' AS m"],
    ['detaches', 'DETACH test'],
    ['copies into a file', `COPY t TO '${prey}.csv'`],
    ['copies from a file', `COPY t FROM '${secret}'`],
    ['exports', `EXPORT DATABASE '${prey}'`],
    ['imports', `IMPORT DATABASE '${database.folder}'`],
    ['installs an extension', 'INSTALL httpfs'],
    ['loads an extension', 'LOAD httpfs'],
    ['loads a file as an extension', `LOAD '${prey}.duckdb_extension'`],
    ['sets', "SET memory_limit = '10GB'"],
    ['sets for all', 'SET GLOBAL enable_external_access = true'],
    ['resets', 'RESET memory_limit'],
    ['sets by PRAGMA', "PRAGMA memory_limit = '10GB'"],
    ['profiles into a file', `PRAGMA profiling_output = '${prey}.json'`],
    ['profiles onto the output', 'PRAGMA enable_profiling'],
    ['unlocks', 'SET lock_configuration = false'],
    ['makes a secret', "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')"],
    ['makes a lasting secret', "CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')"],
    ['reads secrets', 'SELECT * FROM duckdb_secrets()'],
    ['finds a secret', "SELECT * FROM which_secret('s3://a/b', 's3')"],
    ['reads the file of the database itself', `SELECT content FROM read_blob('${database.path}')`],
    ['calls behind a comment', `SELECT * FROM read_text /* ( */ ('${secret}')`],
    ['calls behind the end of a line', `SELECT * FROM read_text -- (\n('${secret}')`],
    ['calls behind a comment within a comment', `SELECT * FROM read_text/* /* */ */('${secret}')`],
    ['calls behind a space without a width', `SELECT * FROM read_text\u200b('${secret}')`],
    ['calls behind a joiner of words', `SELECT * FROM arrow_scan\u2060(1::UBIGINT, 2, 3)`],
    ['calls a function a hundred times behind comments', 'glob/**/ '.repeat(101)],
    ['has comments that its parser would take minutes for', `SELECT 1 ${'/**/'.repeat(50_000)}`],
    ['has comments without an end', `SELECT 1 ${'/*'.repeat(50_000)}`],
    ['calls by a quoted name in capitals', `SELECT * FROM "READ_TEXT"('${secret}')`],
    ['reads memory by its address', 'SELECT * FROM arrow_scan(1::UBIGINT, 2::UBIGINT, 3::UBIGINT)'],
    [
      'runs a serialised statement',
      "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    ],
    ['changes the parser', 'SELECT * FROM enable_peg_parser()'],
    ['reads the environment', "SELECT getenv('HOME')"],
    ['lists extensions', 'SELECT * FROM duckdb_extensions()'],
    [
      'logs into files',
      `CALL enable_logging(storage = 'file', storage_config = {'path': '${prey}'})`,
    ],
    [
      'logs by a SELECT',
      `SELECT * FROM enable_logging(storage = 'file', storage_config = {'path': '${prey}'})`,
    ],
    ['logs by a quoted name', `SELECT * FROM "enable_logging" ()`],
    ['hides a statement in a text', `FROM query('SELECT * FROM enable_' || 'logging()')`],
    ['hides a table in a text', `FROM query_table('t')`],
    ['changes data by explaining', 'EXPLAIN ANALYZE INSERT INTO t VALUES (2)'],
    ['explains by running', '/* /* */ */ explain (analyze, format json) SELECT 1'],
    ['prepares', 'PREPARE p AS SELECT 1'],
    ['executes what is prepared', 'EXECUTE p'],
    ['calls', 'CALL pragma_version()'],
    ['uses another schema', 'USE main'],
    ['sets a variable', 'SET VARIABLE a = 1'],
    ['begins a transaction', 'BEGIN'],
    ['commits', 'COMMIT'],
    ['checkpoints', 'FORCE CHECKPOINT'],
    ['vacuums', 'VACUUM'],
  ])('%s', async (_what, sql) => {
    await expect(ask(engine, sql)).rejects.toThrow(
      /refused|Permission Error|Catalog Error|Binder Error|Invalid (Input|Configuration) Error|Parser Error|takes one statement/,
    );
    await expect(script(engine, sql)).rejects.toThrow(/refused|Error|no statement/);
    expect(readdirSync(database.folder).filter((name) => name.startsWith('prey'))).toEqual([]);
  });

  it('changes data where queries only read, while those that read are answered', async () => {
    const reader = database.engine({ readOnly: true });
    for (const sql of ['INSERT INTO t VALUES (2)', 'CREATE TABLE u (a INTEGER)', 'DROP TABLE t']) {
      await expect(ask(reader, sql)).rejects.toThrow(/refused under DUCKDB_READ_ONLY/);
      await expect(script(reader, sql)).rejects.toThrow(/refused under DUCKDB_READ_ONLY/);
    }
    expect((await ask(reader, 'SELECT * FROM t')).rows).toEqual([[1]]);
  });
});

describe('SQL is not refused that', () => {
  it.each([
    ['computes rows', 'SELECT count(*) FROM range(3), generate_series(1, 2), unnest([1])'],
    ['asks for its tables', 'SELECT count(*) FROM duckdb_tables()'],
    ['has a column of such a name', 'SELECT 1 AS query, 2 AS glob, (3) AS checkpoint'],
    ['describes', 'DESCRIBE t'],
    ['explains', 'EXPLAIN SELECT * FROM t'],
    ['pivots by named values', 'PIVOT t ON a IN (1, 2) USING count(*)'],
  ])('%s', async (_what, sql) => {
    expect((await ask(engine, sql)).rows.length).toBeGreaterThan(0);
  });
});

describe('SQL that needs more memory than there is', () => {
  it.each([
    ['by one list', 'SELECT list(range) FROM range(1000000000)'],
    ['by one text', "SELECT string_agg(repeat('x', 1000), '') FROM range(10000000)"],
  ])('is answered with an error: %s', async (_what, sql) => {
    const bounded = database.engine({ memoryLimit: '100MB', spillDir: '' });
    await expect(ask(bounded, sql)).rejects.toThrow(/Out of Memory Error|Out of Range Error/);
    expect((await ask(bounded, 'SELECT 1')).rows).toEqual([[1]]);
    await bounded.close();
  });
});
