import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { OutsideWorld, startWholeService, type Listener } from '../../support/service.js';
import { waitFor } from '../../support/wait.js';
import { Sender } from '../query/query.fixture.js';
import {
  FAKE_DBT,
  FakeProject,
  logged,
  MANIFEST,
  result,
  runResults,
} from './transform.fixture.js';

const project = new FakeProject();
let service: RunningService;
let transform: Sender;
let results: Listener;
let events: Listener;

beforeAll(async () => {
  service = await startWholeService({
    DBT_PROJECT_DIR: project.folder,
    DBT_COMMAND: FAKE_DBT,
    DBT_TARGET: 'dev',
  });
  transform = new Sender(service, 'transform');
  const outside = new OutsideWorld(service);
  results = await outside.listenTo('pudato-results');
  events = await outside.listenTo('pudato-events');
});
beforeEach(() => project.says({}));
afterAll(async () => {
  await service.close();
  project.remove();
});

const of = (id: string) => (heard: { body: Record<string, unknown> }) =>
  heard.body['correlation_id'] === id;
const locations = (references: readonly { location: string }[]) =>
  references.map(({ location }) => location);

describe('Transform Commands', () => {
  it('build models, and say what was written, read and run', async () => {
    project.says({
      stdout: ['one', 'two', 'three'],
      manifest: MANIFEST,
      runResults: runResults(
        result('model.shop.stg_departments', 'success'),
        result('model.shop.totals', 'success'),
        result('test.shop.not_null', 'pass'),
      ),
    });
    const answer = await transform.send(
      'run',
      {},
      {
        metadata: { logic_version: 'v7' },
        job_id: 'job-1',
        step_id: 'step-1',
        correlation_id: 'transform-1',
      },
    );
    expect(answer).toMatchObject({
      status: 'success',
      handler: 'transform',
      job_id: 'job-1',
      step_id: 'step-1',
      data: { command: 'run', logic_version: 'v7', execution_id: 'transform-1', output_lines: 3 },
      executions: [
        {
          execution_type: 'dbt',
          details: {
            command: 'run',
            models: ['stg_departments', 'totals'],
            compiled_sql: [
              "select 'model.shop.stg_departments'",
              "select 'model.shop.totals'",
              "select 'test.shop.not_null'",
            ],
            project_dir: project.folder,
            target: 'dev',
          },
        },
      ],
    });
    expect(locations(answer.outputs)).toEqual(['main.stg_departments', 'marts.department_totals']);
    expect(locations(answer.inputs)).toEqual([
      'main.departments',
      'other.raw.raw_sales',
      'main.stg_departments',
    ]);
    expect(answer.outputs[0]).toMatchObject({
      ref_type: 'table',
      metadata: { dbt_node: 'model.shop.stg_departments', row_count: 3 },
    });
  });

  it.each([
    ['seed', ['main.departments'], ['seeds/departments.csv']],
    ['build', ['main.departments'], ['seeds/departments.csv']],
    ['test', [], ['marts.department_totals']],
    ['compile', [], []],
  ])('name as outputs of %s what it writes', async (action, outputs, inputs) => {
    const node =
      action === 'seed' || action === 'build' ? 'seed.shop.departments' : 'test.shop.not_null';
    project.says({ manifest: MANIFEST, runResults: runResults(result(node, 'success')) });
    const answer = await transform.send(action, {});
    expect(locations(answer.outputs)).toEqual(outputs);
    expect(locations(answer.inputs)).toEqual(inputs);
    expect(project.calls[0]?.args[0]).toBe(action);
  });

  it('send a pending Result for each node that is done, and Events for each model and the run', async () => {
    project.says({
      stdout: [logged('model.shop.stg_departments'), 'noise', logged('model.shop.totals', 'error')],
      manifest: MANIFEST,
      runResults: runResults(
        result('model.shop.stg_departments', 'success'),
        result('model.shop.totals', 'error', { message: 'no such column', execution_time: 1.25 }),
      ),
      code: 1,
    });
    const { correlation_id } = await transform.send('run', {});
    const mine = of(correlation_id);
    const pending = (n: number) => (heard: { body: Record<string, unknown> }) =>
      mine(heard) && Reflect.get(Object(heard.body['data']), 'nodes_done') === n;
    expect((await results.next(pending(1))).body).toMatchObject({
      status: 'pending',
      data: { node: 'model.shop.stg_departments', status: 'success', nodes_done: 1 },
    });
    expect((await results.next(pending(2))).body).toMatchObject({
      status: 'pending',
      data: { node: 'model.shop.totals', status: 'error', nodes_done: 2 },
    });
    await waitFor('three Events', async () => (await events.receive()).filter(mine), {
      until: ({ length }) => length >= 3,
    });
    const told = events.heard.filter(mine).map(({ body }) => [body['type'], body['payload']]);
    expect(told).toHaveLength(3);
    expect(told).toEqual(
      expect.arrayContaining([
        [
          'transform.model_completed',
          { node: 'model.shop.totals', model: 'totals', status: 'error', rows: 3, seconds: 1.25 },
        ],
        ['transform.run_completed', { action: 'run', status: 'error', nodes: 2, outputs: 1 }],
      ]),
    );
  });

  it('say of a run that failed what failed and what succeeded all the same', async () => {
    project.says({
      stderr: ['not this'],
      manifest: MANIFEST,
      runResults: runResults(
        result('model.shop.stg_departments', 'success'),
        result('model.shop.totals', 'error', { message: 'Binder Error:\n  no such column "x"\n' }),
      ),
      code: 1,
    });
    const answer = await transform.send('run', {});
    expect(answer).toMatchObject({
      status: 'error',
      errors: [
        'dbt command failed with return code 1\nmodel.shop.totals: Binder Error:\nno such column "x"',
      ],
      data: { command: 'run' },
      executions: [{ execution_type: 'dbt' }],
    });
    expect(locations(answer.outputs)).toEqual(['main.stg_departments']);
  });

  it.each([
    ['the end of standard error', { stdout: ['out'], stderr: ['a', '', 'b'] }, 'a\nb'],
    [
      'the end of standard output, where dbt writes its errors',
      { stdout: ['x', { info: { msg: 'Parsing Error' } }] },
      'x\nParsing Error',
    ],
    [
      'at most ten lines',
      { stderr: Array.from({ length: 30 }, (_, n) => `line ${n}`) },
      Array.from({ length: 10 }, (_, n) => `line ${n + 20}`).join('\n'),
    ],
  ])('fail with %s', async (_what, scenario, lines) => {
    project.says({ ...scenario, code: 2 });
    expect((await transform.send('run', {})).errors).toEqual([
      `dbt command failed with return code 2\n${lines}`,
    ]);
  });

  it('name the signal that ended dbt', async () => {
    project.says({ killsItself: 'SIGKILL' });
    expect((await transform.send('run', {})).errors).toEqual([
      'dbt command failed with signal SIGKILL',
    ]);
  });

  it('say which version of DuckDB to pin when the file is of a newer one', async () => {
    project.says({
      stdout: [
        'IO Error: Trying to read a database file with version number 68, but we can only read versions between 64 and 67.',
      ],
      code: 1,
    });
    expect((await transform.send('run', {})).errors[0]).toContain('pin duckdb');
  });

  it('refuse artifacts of a version they do not know', async () => {
    const metadata = { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v99.json' };
    project.says({ manifest: { ...MANIFEST, metadata }, runResults: runResults() });
    expect((await transform.send('run', {})).errors[0]).toContain('manifest/v99.json');
  });

  it('hand selections to dbt as values that cannot become options', async () => {
    const nasty = ['--full-refresh', '; rm -rf /', '$(id)', '-x', 'tag:a,b+ model'];
    await transform.send('run', { select: nasty, exclude: '--vars={}', full_refresh: true });
    const { args } = project.calls[0] ?? { args: [] };
    expect(args.filter((argument) => argument.startsWith('--select='))).toEqual(
      nasty.map((one) => `--select=${one}`),
    );
    expect(args).toContain('--exclude=--vars={}');
    expect(args.filter((argument) => argument === '--full-refresh')).toHaveLength(1);
    expect(args.slice(1).filter((argument) => !argument.startsWith('--'))).toEqual([]);
  });

  it.each([
    ['a number', { select: 7 }],
    ['an empty text', { select: ' ' }],
    ['a list of lists', { exclude: [['a']] }],
    ['a line break', { select: 'a\nb' }],
  ])('refuse %s as a selection', async (_what, payload) => {
    expect((await transform.send('run', payload)).errors[0]).toMatch(
      /^(select|exclude) must be a text or a list of texts/,
    );
    expect(project.calls).toEqual([]);
  });

  it('give dbt its own variables, those of AWS, the two of the run, and no others', async () => {
    await transform.send('run', {}, { metadata: { logic_version: 'v1', execution_id: 'x-1' } });
    const { env } = project.calls[0] ?? { env: {} };
    expect(env).toMatchObject({ PUDATO_LOGIC_VERSION: 'v1', PUDATO_EXECUTION_ID: 'x-1' });
    const others = Object.keys(env).filter(
      (name) => !/^(PATH|HOME|(DBT|AWS|PUDATO)_\w+)$/.test(name),
    );
    expect(others).toEqual([]);
  });

  it('have a folder for each run, which is gone afterwards', async () => {
    const file = join(project.folder, 'go');
    project.says({ waitsForFile: file });
    const both = [transform.send('run', { select: 'a' }), transform.send('run', { select: 'b' })];
    await waitFor('dbt to be started', () => project.calls.length > 0);
    writeFileSync(file, '');
    await Promise.all(both);
    const option = '--target-path=';
    const folders = project.calls.map(({ args }) =>
      dirname(args.find((one) => one.startsWith(option))?.slice(option.length) ?? ''),
    );
    expect(new Set(folders).size).toBe(2);
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  });

  it('answer what would run, and run nothing', async () => {
    project.says({
      stdout: [
        { info: { name: 'ListCmdOut', msg: 'shop.stg' }, data: { msg: 'shop.stg_departments' } },
        { info: { name: 'Other' }, data: { msg: 'no' } },
      ],
    });
    const answer = await transform.send('run', { dry_run: true, select: 'stg_departments' });
    expect(answer).toMatchObject({
      status: 'success',
      data: { would_run: ['shop.stg_departments'] },
      outputs: [],
    });
    expect(project.calls[0]?.args).toEqual(expect.arrayContaining(['ls', '--resource-type=model']));
  });

  it.each([
    ['in one line without end', { floodBytes: 30_000_000 }],
    ['in many lines', { floodBytes: 30_000_000, floodInLines: true }],
  ])('survive a flood of output %s', async (_what, scenario) => {
    project.says(scenario);
    const answer = await transform.send('run', {});
    expect(answer.status).toBe('success');
  });
});

describe('Without dbt, or without a project,', () => {
  it('a Command is answered that dbt is not there', async () => {
    const other = await startWholeService({
      DBT_PROJECT_DIR: project.folder,
      DBT_COMMAND: 'no-such-dbt',
    });
    const { errors } = await new Sender(other, 'transform').send('run', {});
    expect(errors).toEqual(['dbt command not found. Is dbt installed?']);
    await other.close();
  });

  it('a Command names the project that is not there', async () => {
    const other = await startWholeService({
      DBT_PROJECT_DIR: '/no/such/project',
      DBT_COMMAND: FAKE_DBT,
    });
    const { errors } = await new Sender(other, 'transform').send('run', {});
    expect(errors[0]).toContain('The dbt project /no/such/project does not exist');
    await other.close();
  });
});
