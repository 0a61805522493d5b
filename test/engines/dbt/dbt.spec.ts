import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { Sender } from '../../features/query/query.fixture.js';
import { startWholeService } from '../../support/service.js';
import { waitFor } from '../../support/wait.js';
import { ENGINES_FOLDER } from '../launcher/install.js';

const folder = mkdtempSync(join(tmpdir(), 'weft-dbt-'));
const project = join(folder, 'project');
const database = join(folder, 'data', 'query', 'weft.duckdb');

let service: RunningService;
let transform: Sender;
let query: Sender;
let registry: Sender;

beforeAll(async () => {
  cpSync(fileURLToPath(new URL('project', import.meta.url)), project, { recursive: true });
  writeFileSync(
    join(project, 'profiles.yml'),
    `shop:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: ${database}\n`,
  );
  service = await startWholeService({
    WEFT_DATA_DIR: join(folder, 'data'),
    DBT_PROJECT_DIR: project,
    DBT_PROFILES_DIR: project,
    DBT_COMMAND: join(ENGINES_FOLDER, 'dbt', 'bin', 'dbt'),
  });
  transform = new Sender(service, 'transform');
  query = new Sender(service, 'query');
  registry = new Sender(service, 'registry');
  await registry.send('create_job', { job_id: 'job-dbt', pipeline: 'shop' });
});
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends a Command as a step of the job, and waits until the registry knows its Result. */
async function step(sender: Sender, handler_type: string, action: string, payload: object) {
  const step_id = `step-${action}`;
  const names = { job_id: 'job-dbt', step_name: action, handler_type, action, step_id };
  await registry.send('add_step', names);
  const result = await sender.send(action, { ...payload }, { job_id: 'job-dbt', step_id });
  await waitFor('the step to end', async () => {
    const { data } = await registry.send('get_step', { step_id });
    return data?.['status'] === 'success' || data?.['status'] === 'failed';
  });
  return result;
}

const locations = (references: readonly { location: string }[]) =>
  references.map(({ location }) => location).toSorted();

/** The edges of a step follow it. */
const producers = (location: string): Promise<string[]> =>
  waitFor(`a producer of ${location}`, async () => {
    const { data } = await registry.send('get_lineage', { location, direction: 'producers' });
    const found = Object(data)['producers'] as { step_id: string }[];
    return found.length > 0 && found.map(({ step_id }) => step_id);
  });

describe('Real dbt over the database of the queries', () => {
  it('seeds, and names the file', async () => {
    const result = await step(transform, 'transform', 'seed', {});
    expect(result).toMatchObject({ status: 'success', errors: [] });
    expect(locations(result.outputs)).toEqual(['main.departments']);
    expect(locations(result.inputs)).toEqual(['seeds/departments.csv']);
    expect(await query.rows('SELECT name FROM departments ORDER BY id')).toEqual([
      ['Ada'],
      ['Grace'],
    ]);
  });

  it('says which node failed, and what succeeded before it', async () => {
    const result = await transform.send('run', {});
    expect(result.errors[0]).toMatch(
      /^dbt command failed with return code 1\nmodel\.shop\.totals: .*raw_sales does not exist/s,
    );
    expect(locations(result.outputs)).toEqual(['main.stg_departments']);
  });

  it('runs its models over a table that a query made, and says what was read', async () => {
    const sql =
      'CREATE TABLE raw_sales AS SELECT 1 AS department_id, 40 AS amount UNION ALL SELECT 1, 2';
    await step(query, 'query', 'execute_script', { sql });
    const result = await step(transform, 'transform', 'run', { full_refresh: true });
    expect(result).toMatchObject({
      status: 'success',
      executions: [{ details: { command: 'run', models: ['stg_departments', 'totals'] } }],
    });
    expect(locations(result.outputs)).toEqual(['main.stg_departments', 'main.totals']);
    expect(locations(result.inputs)).toEqual([
      'main.departments',
      'main.raw_sales',
      'main.stg_departments',
    ]);
  });

  it('answers a query with a lineage back to the file and the script', async () => {
    const result = await step(query, 'query', 'execute', { sql: 'SELECT name, total FROM totals' });
    expect(result.data?.['rows']).toEqual([['Ada', 42]]);
    expect(locations(result.inputs)).toEqual(['main.totals']);
    expect(await producers('main.totals')).toEqual(['step-run']);
    expect(await producers('main.raw_sales')).toEqual(['step-execute_script']);
    expect(await producers('main.departments')).toEqual(['step-seed']);
    const { data } = await registry.send('get_step', { step_id: 'step-seed' });
    expect(data).toMatchObject({ inputs: [{ location: 'seeds/departments.csv' }] });
  });

  it('tests, and writes nothing', async () => {
    const result = await transform.send('test', {});
    expect(result).toMatchObject({ status: 'success', outputs: [] });
    expect(locations(result.inputs)).toEqual(['main.stg_departments']);
  });

  it('builds what is selected, by a list and by a text', async () => {
    const result = await transform.send('build', { select: ['departments', 'stg_departments'] });
    expect(result.status).toBe('success');
    expect(locations(result.outputs)).toEqual(['main.departments', 'main.stg_departments']);
    const other = await transform.send('build', {
      select: 'departments stg_departments',
      exclude: 'departments',
    });
    expect(locations(other.outputs)).toEqual(['main.stg_departments']);
  });

  it('compiles, and shows the SQL', async () => {
    const result = await transform.send('compile', { select: 'totals' });
    expect(result).toMatchObject({ status: 'success', inputs: [], outputs: [] });
    expect(String(result.executions[0]?.details['compiled_sql'])).toContain('sum(amount)');
  });

  it('says what would run', async () => {
    const { data } = await transform.send('run', { dry_run: true, select: 'totals' });
    expect(data).toMatchObject({ command: 'run', would_run: ['shop.totals'] });
  });

  it('gives models the id of the execution', async () => {
    await transform.send(
      'run',
      { select: 'stg_departments' },
      { metadata: { execution_id: 'mine' } },
    );
    expect(await query.rows('SELECT DISTINCT execution_id FROM stg_departments')).toEqual([
      ['mine'],
    ]);
  });

  it('passes over what no node is selected by', async () => {
    const result = await transform.send('run', { select: '--no-such-model' });
    expect(result).toMatchObject({ status: 'success', outputs: [] });
  });

  it('reports errors of parsing, which dbt writes to its standard output', async () => {
    writeFileSync(join(project, 'models', 'broken.sql'), "select {{ ref('nobody') }}");
    const result = await transform.send('run', {});
    rmSync(join(project, 'models', 'broken.sql'));
    expect(result.errors[0]).toMatch(/^dbt command failed with return code 2\n.*nobody/s);
  });
});
