import { beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/protocol/index.js';
import { RegistryFixture } from './registry.fixture.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;
const NAMES = { step_name: 'load', handler_type: 'storage', action: 'put_object' };
const file = (location: string, more: JsonObject = {}) => ({ ref_type: 'file', location, ...more });

describe('steps', () => {
  let registry: RegistryFixture;
  beforeEach(async () => {
    registry = new RegistryFixture();
    await registry.run('create_job', { pipeline: 'p', job_id: 'j', environment: 'prod' });
  });
  const add = (more: JsonObject = {}, by?: string) =>
    registry.data('add_step', { job_id: 'j', step_id: 's', ...NAMES, ...more }, by);
  const update = (more: JsonObject, by?: string) =>
    registry.data('update_step', { step_id: 's', ...more }, by);

  it('are added with their defaults, and answered field by field in order', async () => {
    const data = await registry.data('add_step', { job_id: 'j', ...NAMES });
    expect(JSON.stringify(data)).toMatch(
      /^\{"step_id":"step-[0-9a-f]{12}","job_id":"j","step_name":"load","status":"pending"\}$/,
    );
  });

  it('are given with every field, in order', async () => {
    await add({ correlation_id: 'c', metadata: { a: 1 } });
    expect(JSON.stringify(await registry.step('s'))).toBe(
      '{"found":true,"step_id":"s","job_id":"j","step_name":"load","handler_type":"storage",' +
        '"action":"put_object","status":"pending","correlation_id":"c","inputs":[],"outputs":[],' +
        '"executions":[],"started_at":null,"completed_at":null,"duration_ms":0,"error":null,' +
        '"metadata":{"a":1}}',
    );
    expect(await registry.step('none')).toEqual({ step_id: 'none', found: false });
  });

  it.each([
    ['add_step', {}, 'Missing required field: job_id'],
    ['add_step', { job_id: 'j', action: 'a' }, 'Missing required field: step_name'],
    ['add_step', { job_id: 'none', ...NAMES }, 'Job not found: none'],
    [
      'add_step',
      { job_id: 'none', ...NAMES, step_name: null },
      'Missing required field: step_name',
    ],
    ['add_step', { job_id: 'j', ...NAMES, metadata: { 'a.b': 1 } }, 'must not contain a dot'],
    ['get_step', {}, 'Missing required field: step_id'],
    ['get_job_steps', {}, 'Missing required field: job_id'],
    ['update_step', {}, 'Missing required field: step_id'],
    ['update_step', { step_id: 'none', status: 'running' }, 'Step not found: none'],
    ['update_step', { step_id: 'none', status: 'cancelled' }, 'status must be one of'],
    ['update_step', { step_id: 'none', duration_ms: -1 }, 'duration_ms must not be negative'],
    ['update_step', { step_id: 'none', duration_ms: '1' }, 'duration_ms must be an integer'],
    ['update_step', { step_id: 'none', inputs: {} }, 'inputs must be a list'],
    ['update_step', { step_id: 'none', inputs: ['a'] }, 'inputs.0 must be a JSON object'],
    [
      'update_step',
      { step_id: 'none', outputs: [file('a'), {}] },
      'outputs.1.ref_type is required',
    ],
    [
      'update_step',
      { step_id: 'none', executions: [{ execution_type: 5 }] },
      'executions.0.execution_type must be a string',
    ],
  ])('%s %j is refused: %s', async (action, payload, message) => {
    await expect(registry.run(action, payload)).rejects.toThrow(message);
    expect(await registry.data('get_job_steps', { job_id: 'j' })).toMatchObject({ count: 0 });
  });

  it('of an id that is taken already exist, unless the same Command is redelivered', async () => {
    const first = await add({}, 'c-1');
    expect(await add({}, 'c-1')).toEqual(first);
    await expect(add({ step_name: 'x' }, 'c-2')).rejects.toThrow('Step already exists: s');
    expect(await registry.step('s')).toMatchObject({ step_name: 'load' });
  });

  it('are listed by their start, those that have not come last, fields in order', async () => {
    for (const step_id of ['a', 'b', 'c', 'd']) await add({ step_id });
    const start = (step_id: string, started_at: string) =>
      registry.run('update_step', { step_id, status: 'running', started_at });
    await start('d', '2026-01-01T00:00:00Z');
    await start('b', '2026-01-01T00:00:00.5Z');
    const data = await registry.data('get_job_steps', { job_id: 'j' });
    expect(Object.keys(data).join()).toBe('job_id,count,steps');
    const steps = data['steps'] as JsonObject[];
    expect(steps.map(({ step_id }) => step_id).join('')).toBe('dbac');
    expect(data['count']).toBe(4);
    expect(Object.keys(steps[0] ?? {}).join()).toBe(
      'step_id,step_name,handler_type,action,status,started_at,completed_at,duration_ms,' +
        'input_count,output_count',
    );
  });

  it('of a job without any, or without a job, are none', async () => {
    const none = { count: 0, steps: [] };
    expect(await registry.data('get_job_steps', { job_id: 'j' })).toEqual({ job_id: 'j', ...none });
    expect(await registry.data('get_job_steps', { job_id: 'x' })).toEqual({ job_id: 'x', ...none });
  });

  it('are updated with times, duration and lineage', async () => {
    await add();
    await update({ status: 'running' });
    const { started_at } = await registry.step('s');
    expect(started_at).toMatch(TIME);
    const executions = [{ execution_type: 'dbt', details: { 'model.project.name': { $x: 1 } } }];
    const inputs = [file('raw/a', { format: 'text/csv', metadata: { 'spark.rows': 1 } })];
    const outputs = [file('raw/b', { format: null, metadata: {} })];
    const data = await update({ status: 'success', duration_ms: 12, inputs, outputs, executions });
    expect(JSON.stringify(data)).toBe('{"step_id":"s","status":"success","updated":true}');
    expect(await registry.step('s')).toMatchObject({
      status: 'success',
      started_at,
      completed_at: expect.stringMatching(TIME),
      duration_ms: 12,
      inputs,
      outputs,
      executions,
    });
  });

  it('count a repeated reference once', async () => {
    await add();
    const repeated = [
      file('a'),
      file('a', { format: 'csv' }),
      { ref_type: 'table', location: 'a' },
    ];
    await update({ inputs: repeated, outputs: [file('b'), file('b')] });
    const { steps } = await registry.data('get_job_steps', { job_id: 'j' });
    expect(steps).toMatchObject([{ input_count: 2, output_count: 1 }]);
    const { consumers } = await registry.data('get_lineage', { location: 'a' });
    expect(consumers).toHaveLength(1);
  });

  it.each(['success', 'failed', 'skipped'])(
    'that are %s stay so, whatever is reported afterwards',
    async (status) => {
      await add();
      await update({ status });
      const before = await registry.step('s');
      const other = status === 'failed' ? 'success' : 'failed';
      for (const late of ['pending', 'running', other]) {
        await expect(update({ status: late, duration_ms: 9 })).rejects.toThrow(
          `Step is already ${status}: s`,
        );
      }
      expect(await registry.step('s')).toEqual(before);
      expect(await update({ status })).toEqual({ step_id: 's', status, updated: true });
      expect(await registry.step('s')).toEqual(before);
    },
  );

  it('let exactly one of two parallel ends win', async () => {
    for (let n = 0; n < 10; n++) {
      const step_id = `s${n}`;
      await add({ step_id });
      const end = (status: string) => registry.run('update_step', { step_id, status });
      const outcomes = await Promise.allSettled([end('success'), end('failed')]);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    }
  });
});
