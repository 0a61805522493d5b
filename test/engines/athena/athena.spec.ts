import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ListQueryExecutionsCommand } from '@aws-sdk/client-athena';
import { athenaClient } from '../../../src/aws/athena.js';
import { AwsClients } from '../../../src/aws/index.js';
import { AthenaEngine } from '../../../src/features/query/athena/athena.engine.js';
import type { QueryRequest } from '../../../src/features/query/query.engine.js';
import { addressOf, clientOptions, engineName } from '../engine.js';

let aws: AwsClients;
let engine: AthenaEngine;

const OPTIONS = {
  outputLocation: 's3://results/athena/',
  database: 'default',
  catalog: 'AwsDataCatalog',
  timeoutMs: 60_000,
};

beforeAll(() => {
  aws = new AwsClients(clientOptions());
  engine = new AthenaEngine(aws, OPTIONS);
});
afterAll(() => aws.destroy());

/** moto's own interface: what queries answer, and how often they are looked at before they have succeeded. */
const moto = async (path: string, body: object): Promise<void> => {
  const answer = await fetch(`${addressOf(engineName)}/moto-api/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect([200, 201]).toContain(answer.status);
};

const transition = (times: number) =>
  moto('state-manager/set-transition', {
    model_name: 'athena::execution',
    transition: times === 0 ? { progression: 'immediate' } : { progression: 'manual', times },
  });

const willAnswer = (columns: [string, string][], rows: (string | null)[][]) =>
  moto('static/athena/query-results', {
    account_id: '123456789012',
    region: 'us-east-1',
    results: [
      {
        rows: [columns.map(([name]) => name), ...rows].map((row) => ({
          Data: row.map((text) => (text === null ? {} : { VarCharValue: text })),
        })),
        column_info: columns.map(([Name, Type]) => ({ Name, Type })),
      },
    ],
  });

const NEVER = new AbortController().signal;
const ask = (sql: string, request: Partial<QueryRequest> = {}, signal = NEVER, on = engine) =>
  on.execute(
    { sql, parameters: [], maxRows: 1000, key: randomUUID(), sources: [], ...request },
    signal,
  );

beforeEach(() => transition(0));

describe('Athena, as moto speaks it', () => {
  it('answers with columns and rows, without the header', async () => {
    await willAnswer(
      [
        ['num', 'integer'],
        ['greeting', 'varchar'],
        ['at', 'timestamp'],
      ],
      [
        ['1', 'hello', '2026-01-26 10:30:45.000'],
        [null, '', null],
      ],
    );
    expect(await ask('SELECT num, greeting, at FROM greetings')).toEqual({
      columns: ['num', 'greeting', 'at'],
      rows: [
        [1, 'hello', '2026-01-26T10:30:45'],
        [null, '', null],
      ],
      rowCount: 2,
      truncated: false,
      lineage: { inputs: [{ kind: 'table', name: 'greetings' }], outputs: [] },
    });
  });

  it('is asked again until the query has succeeded', async () => {
    await willAnswer([['n', 'integer']], [['7']]);
    await transition(3);
    expect((await ask('SELECT 7 AS n')).rows).toEqual([[7]]);
  });

  it('gives as many rows as asked for, and says that there are more', async () => {
    await willAnswer([['n', 'integer']], [['1'], ['2'], ['3']]);
    expect(await ask('SELECT n FROM t', { maxRows: 2 })).toMatchObject({
      rows: [[1], [2]],
      truncated: true,
    });
    await willAnswer([['n', 'integer']], [['1'], ['2']]);
    expect(await ask('SELECT n FROM t', { maxRows: 2 })).toMatchObject({ truncated: false });
  });

  it('is given parameters, database and place of the results', async () => {
    await willAnswer([['n', 'integer']], [['1']]);
    expect((await ask('SELECT ? AS n', { parameters: ["o'clock"] })).rows).toEqual([[1]]);
  });

  it('stops a query whose time is over', async () => {
    await transition(1_000_000);
    const hasty = new AthenaEngine(aws, { ...OPTIONS, timeoutMs: 1000 });
    await expect(ask('SELECT 1', {}, NEVER, hasty)).rejects.toMatchObject({
      reason: 'Timeout',
      retryable: false,
    });
    const client = await athenaClient(aws);
    const { QueryExecutionIds: ids = [] } = await client.send(new ListQueryExecutionsCommand({}));
    expect(ids.length).toBeGreaterThan(0);
  });

  it('stops a query whose message is no longer to be handled', async () => {
    await transition(1_000_000);
    const controller = new AbortController();
    const asked = ask('SELECT 1', {}, controller.signal).catch((error: unknown) => error);
    setTimeout(() => controller.abort(), 300);
    expect(await asked).toMatchObject({ code: 'WEFT_RETRYABLE' });
  });

  it('says what is wrong with a request, at once', async () => {
    const lost = new AthenaEngine(aws, { ...OPTIONS, workGroup: 'no-such-work-group' });
    await expect(ask('SELECT 1', {}, NEVER, lost)).rejects.toMatchObject({ retryable: false });
  });

  it('is sent no query with two statements, and none with named parameters', async () => {
    await expect(ask('SELECT 1; SELECT 2')).rejects.toThrow('execute accepts one statement');
    await expect(ask('SELECT ?', { parameters: { a: 1 } })).rejects.toThrow('as a list');
  });
});
