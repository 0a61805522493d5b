import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { AwsClients } from '../../../src/aws/index.js';
import { AthenaEngine } from '../../../src/features/query/athena/athena.engine.js';
import type { QueryRequest } from '../../../src/features/query/query.engine.js';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { Sender } from '../../features/query/query.fixture.js';
import { waitFor } from '../../support/wait.js';
import { addressOf, clientOptions } from '../engine.js';
import { CLOSE_TIMEOUT_MS, startOnEngines } from '../service.js';
import { AthenaBridge } from './athena-bridge.js';
import { TrinoStatement } from './trino-statement.js';

const TRINO = addressOf('trino');
/** Long enough for a query to be started in. */
const HASTY_MS = 5000;
const OPTIONS = { database: 'default', catalog: 'AwsDataCatalog', timeoutMs: 60_000 };
const NEVER = new AbortController().signal;
const bucket = `lake-${randomUUID().slice(0, 8)}`;

const ORDERS = { kind: 'table', schema: 'lake', name: 'orders' };

/** Runs until it is stopped. */
const numbers = (name: string) => `UNNEST(sequence(1, 10000)) AS ${name}(n)`;
const ENDLESS = `SELECT count(*) FROM ${numbers('a')} CROSS JOIN ${numbers('b')} CROSS JOIN ${numbers('c')} WHERE a.n + b.n + c.n = 7`;

let bridge: AthenaBridge;
let aws: AwsClients;
let engine: AthenaEngine;

/** Straight to Trino, past Weft. */
async function onTrino(sql: string): Promise<readonly (readonly unknown[])[]> {
  const { rows, error } = await new TrinoStatement(TRINO, sql).run();
  if (error) throw new Error(error.message);
  return rows;
}

const ask = (sql: string, request: Partial<QueryRequest> = {}, signal = NEVER, on = engine) =>
  on.execute(
    { sql, parameters: [], maxRows: 1000, key: randomUUID(), sources: [], ...request },
    signal,
  );

const failureOf = (sql: string, request: Partial<QueryRequest> = {}): Promise<unknown> =>
  ask(sql, request).then(
    () => 'no failure',
    (error: unknown) => error,
  );

const latest = () => [...bridge.executions.values()].at(-1);

/** What Trino says of the latest execution. */
async function stateOnTrino(): Promise<unknown> {
  const id = latest()?.statement.id ?? '';
  const [row] = await onTrino(`SELECT state FROM system.runtime.queries WHERE query_id = '${id}'`);
  return row?.[0];
}

async function objects(): Promise<number> {
  const list = new ListObjectsV2Command({ Bucket: bucket, Prefix: 'metastore/lake/orders/' });
  return (await aws.s3.send(list)).KeyCount ?? 0;
}

beforeAll(async () => {
  bridge = await AthenaBridge.start(TRINO);
  aws = new AwsClients({ ...clientOptions(), endpoints: { athena: bridge.address } });
  engine = new AthenaEngine(aws, OPTIONS);
  await aws.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const settings = {
    'hive.metastore': 'file',
    'hive.metastore.catalog.dir': `s3://${bucket}/metastore`,
    'fs.native-s3.enabled': 'true',
    's3.endpoint': addressOf('localstack'),
    's3.region': 'us-east-1',
    's3.path-style-access': 'true',
    's3.aws-access-key': 'test',
    's3.aws-secret-key': 'test',
  };
  const given = Object.entries(settings).map(([name, value]) => `"${name}" = '${value}'`);
  await onTrino(`CREATE CATALOG awsdatacatalog USING hive WITH (${given.join(', ')})`);
  await onTrino('CREATE SCHEMA awsdatacatalog.default');
  await onTrino('CREATE SCHEMA awsdatacatalog.lake');
});
afterAll(async () => {
  await bridge.stop();
  aws.destroy();
  await onTrino('DROP CATALOG awsdatacatalog');
});

describe('Athena: the SQL of Trino', () => {
  it('answers each value as docs/query.md has it', async () => {
    // The lines that name a type of Athena: type, and JSON.
    const documented = readFileSync(new URL('../../../docs/query.md', import.meta.url), 'utf8')
      .split('## Values in JSON')[1]
      ?.split('\n## ')[0]
      ?.split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => line.split('|').map((cell) => cell.trim().replace(/^`|`$/g, '')))
      .filter(([, , , type]) => type) as string[][];
    expect(documented.length).toBeGreaterThan(12);
    for (const [, sql = '', json = '', type = ''] of documented) {
      const { rows } = await ask(`SELECT ${inTrinosWords(sql, type)} AS value`);
      expect({ sql, value: rows[0]?.[0] }).toEqual({ sql, value: JSON.parse(json) as unknown });
    }
  });

  it('answers lists, maps and rows as Athena’s text', async () => {
    const { rows } = await ask(
      "SELECT ARRAY[1, NULL, 3], MAP(ARRAY['k'], ARRAY[ARRAY[1.5]]), CAST(NULL AS ARRAY(BIGINT))",
    );
    expect(rows).toEqual([['[1, null, 3]', '{k=[1.5]}', null]]);
  });

  it.each([
    [
      'a column that does not exist',
      'SELECT nope',
      'COLUMN_NOT_FOUND',
      /^COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved$/,
    ],
    [
      'a table that does not exist',
      'SELECT * FROM nope',
      'TABLE_NOT_FOUND',
      /Table 'awsdatacatalog\.default\.nope' does not exist$/,
    ],
    ['no SQL', 'SELEC 1', 'SYNTAX_ERROR', /^SYNTAX_ERROR: line 1:1: mismatched input 'SELEC'/],
    ['types that do not fit', "SELECT 1 + 'a'", 'TYPE_MISMATCH', /^TYPE_MISMATCH: /],
    [
      'a division by zero',
      'SELECT 1 / (n - 1) FROM UNNEST(sequence(1, 2)) AS t(n)',
      'DIVISION_BY_ZERO',
      /^DIVISION_BY_ZERO: Division by zero$/,
    ],
    [
      'a text that is no number',
      "SELECT CAST(x AS INTEGER) FROM (VALUES 'a') AS t(x)",
      'INVALID_CAST_ARGUMENT',
      /Cannot cast 'a' to INT$/,
    ],
  ])('fails for good, in Trino’s first line, over %s', async (_what, sql, reason, message) => {
    const error = await failureOf(sql);
    expect(error).toMatchObject({ reason, retryable: false });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('\n');
  });

  it('reads a long answer page by page, and none beyond what is asked for', async () => {
    bridge.pages.length = 0;
    const sql = 'SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n) ORDER BY n';
    const { rows, truncated, rowCount } = await ask(sql, { maxRows: 2400 });
    expect({ rowCount, truncated, first: rows[0], last: rows.at(-1) }).toEqual({
      rowCount: 2400,
      truncated: true,
      first: [1],
      last: [2400],
    });
    expect(bridge.pages).toHaveLength(3);
    const whole = await ask(sql, { maxRows: 2500 });
    expect({ rows: whole.rows.length, truncated: whole.truncated }).toEqual({
      rows: 2500,
      truncated: false,
    });
  });

  it('reads no more than 4 MiB of rows', async () => {
    const { rows, truncated } = await ask(
      "SELECT rpad('x', 100000, 'x') FROM UNNEST(sequence(1, 100)) AS t(n)",
    );
    expect({ truncated }).toEqual({ truncated: true });
    expect(rows).toHaveLength(41);
  });

  it('binds parameters as the values they are', async () => {
    const parameters = ["o'clock; -- ?", 42, -1.5, true, null, 'ü 😀'];
    const { rows } = await ask("SELECT ?, ? + 1, ?, ?, ?, ? || '?'", { parameters });
    expect(rows).toEqual([["o'clock; -- ?", 43, '-1.5', true, null, 'ü 😀?']]);
  });

  it('stops a query whose message is no longer to be handled', async () => {
    const controller = new AbortController();
    const asked = ask(ENDLESS, {}, controller.signal).catch((error: unknown) => error);
    await waitFor('the query to run on Trino', async () => (await stateOnTrino()) === 'RUNNING');
    controller.abort();
    expect(await asked).toMatchObject({ code: 'WEFT_RETRYABLE' });
    await waitFor('Trino to end the query', async () => (await stateOnTrino()) === 'FAILED');
  });

  it('stops a query whose time is over', async () => {
    const hasty = new AthenaEngine(aws, { ...OPTIONS, timeoutMs: HASTY_MS });
    await expect(ask(ENDLESS, {}, NEVER, hasty)).rejects.toMatchObject({
      reason: 'Timeout',
      retryable: false,
    });
    await waitFor('Trino to end the query', async () => (await stateOnTrino()) === 'FAILED');
  });

  it('starts no second query for a Command that is received again', async () => {
    const before = bridge.executions.size;
    const key = randomUUID();
    const [first, again] = [
      await ask('SELECT random()', { key }),
      await ask('SELECT random()', { key }),
    ];
    expect(again.rows).toEqual(first.rows);
    expect(bridge.executions.size).toBe(before + 1);
  });

  it('starts another one when the first was stopped', async () => {
    const key = randomUUID();
    const controller = new AbortController();
    const started = bridge.executions.size;
    const asked = ask(ENDLESS, { key }, controller.signal).catch(() => undefined);
    await waitFor('the query to start', () => bridge.executions.size > started);
    controller.abort();
    await asked;
    expect(latest()?.state).toBe('CANCELLED');
    const hasty = new AthenaEngine(aws, { ...OPTIONS, timeoutMs: HASTY_MS });
    await expect(ask(ENDLESS, { key }, NEVER, hasty)).rejects.toMatchObject({ reason: 'Timeout' });
    expect(bridge.executions.size).toBe(started + 2);
  });
});

describe('Athena: tables on S3', () => {
  it('are made, filled and read back, and each statement names what it reads and writes', async () => {
    const made = await ask(
      "CREATE TABLE lake.orders AS SELECT * FROM (VALUES (1, 'Ada'), (2, 'Grace')) AS t(id, name)",
    );
    expect(made).toMatchObject({ rows: [], lineage: { outputs: [ORDERS] } });
    expect(await objects()).toBeGreaterThan(0);

    const inserted = await ask('INSERT INTO lake.orders SELECT id + 10, name FROM lake.orders');
    expect(inserted.lineage).toMatchObject({
      inputs: [ORDERS],
      outputs: [ORDERS],
    });

    const joined = await ask(
      'WITH o AS (SELECT * FROM lake.orders) SELECT id, p.name FROM o JOIN lake.orders p USING (id) ORDER BY 1',
    );
    expect(joined.rows.map(([id]) => id)).toEqual([1, 2, 11, 12]);
    expect(joined.lineage.inputs).toEqual([ORDERS]);
  });

  it('are listed and described without a header', async () => {
    expect((await ask('SHOW TABLES IN lake')).rows).toEqual([['orders']]);
    const { columns, rows } = await ask('DESCRIBE lake.orders');
    expect(columns[0]).toBe('Column');
    expect(rows.map(([name]) => name)).toEqual(['id', 'name']);
  });

  it('are gone from S3 once they are dropped', async () => {
    await ask('DROP TABLE lake.orders');
    expect(await objects()).toBe(0);
    expect(await failureOf('SELECT * FROM lake.orders')).toMatchObject({
      reason: 'TABLE_NOT_FOUND',
    });
  });
});

describe('Athena: Commands', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startOnEngines({
      QUERY_ENGINE: 'athena',
      AWS_ENDPOINT_URL_ATHENA: bridge.address,
    });
  });
  afterAll(() => service.close(), CLOSE_TIMEOUT_MS);

  it('are answered with a Result that says what was run, whether it succeeded or failed', async () => {
    const query = new Sender(service, 'query');
    const sql = 'SELECT ? AS num';
    expect(await query.send('execute', { sql, parameters: [1] })).toMatchObject({
      status: 'success',
      data: { columns: ['num'], rows: [[1]], row_count: 1, truncated: false },
      executions: [{ execution_type: 'sql', details: { dialect: 'athena', statements: [sql] } }],
    });
    const failing = 'SELECT * FROM nope';
    expect(await query.send('execute', { sql: failing })).toMatchObject({
      status: 'error',
      errors: [
        "Query execution failed: TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.nope' does not exist",
      ],
      inputs: [{ ref_type: 'table', location: 'default.nope' }],
      executions: [{ details: { statements: [failing] } }],
    });
    expect((await query.send('execute_script', { sql })).errors).toEqual([
      'execute_script not supported by this backend',
    ]);
  });
});

/** DuckDB's words for a value, in Trino's. */
function inTrinosWords(sql: string, type: string): string {
  const [, text, cast] = /^(.*)::(\w+)(?:\(.*\))?$/.exec(sql) ?? [];
  if (type === 'varbinary') return "X'00FF61'";
  if (type === 'timestamp with time zone')
    return sql.replace(/^TIMESTAMPTZ '(.*)\+02'$/, "TIMESTAMP '$1 +02:00'");
  if (type === 'json') return `JSON ${text}`;
  if (cast === 'DOUBLE')
    return text?.startsWith("'") === true ? `CAST(${text} AS DOUBLE)` : `DOUBLE '${text}'`;
  if (cast === 'DECIMAL') return `DECIMAL '${text}'`;
  if (cast === 'BIGINT') return `BIGINT '${text}'`;
  return cast === undefined ? sql : `${cast} ${text}`;
}
