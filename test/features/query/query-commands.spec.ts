import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { OutsideWorld, startWholeService, type Listener } from '../../support/service.js';
import { Sender } from './query.fixture.js';

let service: RunningService;
let query: Sender;
let results: Listener;
let events: Listener;

beforeAll(async () => {
  service = await startWholeService();
  query = new Sender(service, 'query');
  const outside = new OutsideWorld(service);
  results = await outside.listenTo('pudato-results');
  events = await outside.listenTo('pudato-events');
});
afterAll(() => service.close());

const of = (id: string) => (heard: { body: Record<string, unknown> }) =>
  heard.body['correlation_id'] === id;

describe('Query Commands', () => {
  it.each(['execute', 'execute_sql'])('answer %s with columns and rows', async (action) => {
    const sql = "SELECT 1 as num, 'hello' as greeting";
    const result = await query.send(action, { sql }, { job_id: 'job-1', step_id: 'step-1' });
    expect(result).toMatchObject({
      status: 'success',
      data: {
        columns: ['num', 'greeting'],
        rows: [[1, 'hello']],
        row_count: 1,
        truncated: false,
      },
      errors: [],
      job_id: 'job-1',
      step_id: 'step-1',
      handler: 'query',
      executions: [{ execution_type: 'sql', details: { dialect: 'duckdb', statements: [sql] } }],
    });
  });

  it('run a script, and answer queries from what it made', async () => {
    const sql =
      "CREATE TABLE people (id INTEGER, name VARCHAR); INSERT INTO people VALUES (1, 'Ada'), (2, 'Grace');";
    expect(await query.send('execute_script', { sql })).toMatchObject({
      status: 'success',
      data: { executed: true },
    });
    expect(await query.rows('SELECT name FROM people ORDER BY id')).toEqual([['Ada'], ['Grace']]);
  });

  it('name the statement that is missing', async () => {
    expect((await query.send('execute', {})).errors).toEqual(['Missing required field: sql']);
    expect((await query.send('execute_script', {})).errors).toEqual([
      'Missing required field: sql',
    ]);
    expect((await query.send('fly', { sql: 'SELECT 1' })).errors).toEqual([
      'Unsupported action: fly',
    ]);
  });

  it('fail with the first line of the engine, and with what was tried', async () => {
    const sql = 'SELECT secret_column FROM no_such_table';
    const result = await query.send('execute', { sql }, { job_id: 'job-1', step_id: 'step-2' });
    expect(result).toMatchObject({
      status: 'error',
      data: null,
      errors: [
        'Query execution failed: Catalog Error: Table with name no_such_table does not exist!',
      ],
      job_id: 'job-1',
      step_id: 'step-2',
      inputs: [{ ref_type: 'table', location: 'main.no_such_table' }],
      executions: [{ execution_type: 'sql', details: { statements: [sql] } }],
    });
    const event = await events.next(of(result.correlation_id));
    expect(event.body).toMatchObject({
      type: 'query.failed',
      source: 'query-handler',
      payload: { action: 'execute', reason: 'Catalog Error' },
    });
    expect(event.text).not.toContain('secret_column');
  });

  it('say in an Event that they are done, without the SQL', async () => {
    const { correlation_id } = await query.send('execute', { sql: "SELECT 'secret_text'" });
    const event = await events.next(of(correlation_id));
    expect(event.body).toMatchObject({
      type: 'query.completed',
      source: 'query-handler',
      payload: { action: 'execute', row_count: 1, truncated: false, inputs: [], outputs: [] },
    });
    expect(event.text).not.toContain('secret_text');
  });

  it('answer execute_async at once, and with a second Result of the same ids at the end', async () => {
    const ids = { job_id: 'job-3', step_id: 'step-3' };
    const first = await query.send('execute_async', { sql: 'SELECT 42 AS answer' }, ids);
    expect(first).toMatchObject({
      ...ids,
      status: 'pending',
      data: { query_execution_id: expect.stringMatching(/^query-[0-9a-f]{12}$/) },
    });
    const second = await results.next(
      (heard) => of(first.correlation_id)(heard) && heard.body['status'] === 'success',
    );
    expect(second.body).toMatchObject({
      ...ids,
      data: { columns: ['answer'], rows: [[42]], row_count: 1 },
      handler: 'query',
    });
  });

  it('take one statement only, where a script takes many', async () => {
    expect(await query.error('SELECT 1; DROP TABLE people')).toBe(
      'Query execution failed: execute accepts one statement, and this has 2. Use execute_script',
    );
    expect(await query.rows('SELECT count(*) FROM people;')).toEqual([[2]]);
  });

  it.each(['', ' ', ';', '-- nothing', '/* nothing */;'])(
    'refuse "%s" as no statement',
    async (sql) => {
      expect(await query.error(sql)).toMatch(
        /^Missing required field: sql$|no statement$|this has 0/,
      );
    },
  );

  it('change nothing when one statement of a script fails', async () => {
    const sql = 'CREATE TABLE half (a INTEGER); INSERT INTO half VALUES (1); SELECT * FROM missing';
    expect((await query.send('execute_script', { sql })).errors).toEqual([
      'Script execution failed: Catalog Error: Table with name missing does not exist!',
    ]);
    expect(await query.error('SELECT * FROM half')).toContain('half does not exist');
  });

  it('refuse a transaction of the script, which is one already', async () => {
    const sql = 'CREATE TABLE kept (a INTEGER); COMMIT; SELECT 1/0';
    expect((await query.send('execute_script', { sql })).errors[0]).toBe(
      'Script execution failed: BEGIN, COMMIT and ROLLBACK are refused: a Command is a transaction of its own',
    );
    expect(await query.error('SELECT * FROM kept')).toContain('kept does not exist');
  });
});
