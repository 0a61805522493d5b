import { beforeEach, describe, expect, it } from '@jest/globals';
import { utcNow, type JsonObject } from '../../../src/protocol/index.js';
import { RegistryFixture } from './registry.fixture.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;

describe('jobs', () => {
  let registry: RegistryFixture;
  beforeEach(() => {
    registry = new RegistryFixture();
  });
  const create = (more: JsonObject = {}) =>
    registry.data('create_job', { pipeline: 'p', job_id: 'j', ...more });
  const update = (more: JsonObject, by?: string) =>
    registry.run('update_job', { job_id: 'j', ...more }, by);
  const ids = async (query: JsonObject) => {
    const { count, jobs } = await registry.data('query_jobs', query);
    const found = (jobs as JsonObject[]).map(({ job_id }) => String(job_id)).join('');
    expect(count).toBe(found.length);
    return found;
  };

  it('are created with their defaults, and answered field by field in order', async () => {
    const data = await registry.data('create_job', { pipeline: 'p' });
    expect(Object.keys(data).join()).toBe(
      'job_id,pipeline,environment,namespace,status,created_at',
    );
    expect(data).toEqual({
      job_id: expect.stringMatching(/^job-[0-9a-f]{12}$/),
      pipeline: 'p',
      environment: 'dev',
      namespace: 'dev',
      status: 'pending',
      created_at: expect.stringMatching(TIME),
    });
  });

  it('have a namespace like their environment unless it is named', async () => {
    expect(await create({ environment: 'prod' })).toMatchObject({ namespace: 'prod' });
    const named = { job_id: 'k', environment: 'prod', namespace: 'team' };
    expect(await create(named)).toMatchObject({ namespace: 'team' });
  });

  it('are given with every field, in order', async () => {
    const fields = {
      logic_version: 'v1',
      request: { 'a.b': { $where: [{ '': 1, constructor: 2, '50%2E': 3 }] } },
      parameters: { prototype: null, toString: 'x' },
      dag_run_id: 'run',
      metadata: { owner: { team: 'x' } },
    };
    const { created_at } = await create(fields);
    const job = await registry.job('j');
    expect(Object.keys(job).join()).toBe(
      'found,job_id,pipeline,environment,namespace,status,logic_version,request,parameters,' +
        'dag_run_id,created_at,started_at,completed_at,error,metadata',
    );
    expect(job).toEqual({
      found: true,
      job_id: 'j',
      pipeline: 'p',
      environment: 'dev',
      namespace: 'dev',
      status: 'pending',
      ...fields,
      created_at,
      started_at: null,
      completed_at: null,
      error: null,
    });
  });

  it('that are not there are not found, which is no error', async () => {
    expect(await registry.job('none')).toEqual({ job_id: 'none', found: false });
  });

  it('of an id that is taken already exist', async () => {
    await create();
    await expect(create({ pipeline: 'other' })).rejects.toThrow('Job already exists: j');
    expect(await registry.job('j')).toMatchObject({ pipeline: 'p' });
  });

  it('are made once by a Command that is delivered twice', async () => {
    const payload = { pipeline: 'p', job_id: 'j' };
    const first = await registry.data('create_job', payload, 'c-1');
    await registry.run('update_job', { job_id: 'j', status: 'running' });
    expect(await registry.data('create_job', payload, 'c-1')).toEqual(first);
    await expect(registry.data('create_job', payload, 'c-2')).rejects.toThrow('already exists');
  });

  it('are made once by two Commands at the same time', async () => {
    const attempts = await Promise.allSettled([create(), create(), create()]);
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it.each([
    ['create_job', {}, 'Missing required field: pipeline'],
    ['create_job', { pipeline: '' }, 'Missing required field: pipeline'],
    ['create_job', { pipeline: 5 }, 'pipeline must be a string'],
    ['create_job', { pipeline: 'p', request: [] }, 'request must be an object of at most'],
    ['create_job', { pipeline: 'p', parameters: { x: 'y'.repeat(300_000) } }, 'parameters must be'],
    ['create_job', { pipeline: 'p', metadata: { 'a.b': 1 } }, '"a.b" that must not contain a dot'],
    [
      'create_job',
      { pipeline: 'p', metadata: { a: { $x: 1 } } },
      '"$x" that must not start with $',
    ],
    ['create_job', { pipeline: 'p', job_id: 'x'.repeat(257) }, 'job_id must be at most 256'],
    ['create_job', { pipeline: 'p', job_id: { $gt: '' } }, 'job_id must be a string'],
    ['get_job', {}, 'Missing required field: job_id'],
    ['get_job', { job_id: { $ne: '' } }, 'job_id must be a string'],
    ['update_job', { status: 'flying' }, 'Missing required field: job_id'],
    ['update_job', { job_id: 'none', status: 'flying' }, 'status must be one of pending, running'],
    ['update_job', { job_id: 'none', status: 'skipped' }, 'status must be one of pending, running'],
    ['update_job', { job_id: 'none', started_at: 'now' }, 'started_at must be an ISO 8601 time'],
    ['update_job', { job_id: 'none', metadata: { __proto: 1, $set: 1 } }, 'must not start with $'],
    ['update_job', { job_id: 'none', status: 'running' }, 'Job not found: none'],
    ['update_job', { job_id: 'none' }, 'Job not found: none'],
    ['update_job', { job_id: 'none', metadata: { a: 1 } }, 'Job not found: none'],
    ['query_jobs', { limit: 0 }, 'limit must be an integer from 1 to 1000'],
    ['query_jobs', { limit: 1001 }, 'limit must be an integer from 1 to 1000'],
    ['query_jobs', { offset: -1 }, 'offset must be an integer from 0'],
    ['query_jobs', { status: ['success'] }, 'status must be one of'],
    ['query_jobs', { created_after: '2026-01-01' }, 'created_after must be an ISO 8601 time'],
  ])('%s %j is refused: %s', async (action, payload, message) => {
    await expect(registry.run(action, payload)).rejects.toThrow(message);
    await expect(registry.run(action, payload)).rejects.toMatchObject({ retryable: false });
    expect(await ids({})).toBe('');
  });

  describe('being updated', () => {
    beforeEach(() => create({ metadata: { a: 1, b: { c: 2 } } }));

    it('answer with id, status and updated, in order', async () => {
      const { data } = await update({ status: 'running' });
      expect(JSON.stringify(data)).toBe('{"job_id":"j","status":"running","updated":true}');
      expect((await update({ error: 'slow' })).data).toMatchObject({ status: 'running' });
      expect((await update({})).data).toEqual({ job_id: 'j', status: 'running', updated: true });
    });

    it('start when they run, the first time only', async () => {
      await update({ status: 'running' });
      const { started_at, completed_at } = await registry.job('j');
      expect(started_at).toMatch(TIME);
      expect(completed_at).toBeNull();
      await update({ status: 'running' });
      expect(await registry.job('j')).toMatchObject({ started_at });
    });

    it.each(['success', 'failed', 'cancelled'])('complete with %s', async (status) => {
      await update({ status, error: 'because' });
      expect(await registry.job('j')).toMatchObject({
        status,
        completed_at: expect.stringMatching(TIME),
        error: 'because',
      });
    });

    it('take times that are given, in UTC', async () => {
      await update({ status: 'running', started_at: '2026-01-26T10:30:45.5+01:00' });
      await update({ status: 'success', completed_at: '2026-01-26T10:30:46Z' });
      expect(await registry.job('j')).toMatchObject({
        started_at: '2026-01-26T09:30:45.500000+00:00',
        completed_at: '2026-01-26T10:30:46.000000+00:00',
      });
    });

    it('merge metadata, keeping the keys that are not named', async () => {
      await update({ metadata: { b: 'new', d: [1] } });
      expect((await registry.job('j'))['metadata']).toEqual({ a: 1, b: 'new', d: [1] });
      await update({ metadata: {} });
      await update({ metadata: null, status: null, error: null });
      expect((await registry.job('j'))['metadata']).toEqual({ a: 1, b: 'new', d: [1] });
    });

    it('lose no metadata of many writers at once', async () => {
      const keys = Array.from({ length: 30 }, (_, n) => `k${n}`);
      await Promise.all(keys.map((key) => update({ metadata: { [key]: true } })));
      expect(Object.keys((await registry.job('j'))['metadata'] as object)).toHaveLength(32);
    });

    it.each(['pending', 'running', 'failed', 'cancelled'])(
      'never go from success to %s',
      async (status) => {
        await update({ status: 'success' });
        const before = await registry.job('j');
        const again = update({ status, error: 'late', metadata: { late: true } });
        await expect(again).rejects.toThrow('Job is already success: j');
        expect(await registry.job('j')).toEqual(before);
      },
    );

    it('complete once when the same end is reported twice; other fields are still taken', async () => {
      await update({ status: 'success' });
      const { completed_at } = await registry.job('j');
      const { data } = await update({ status: 'success', metadata: { late: true } });
      expect(data).toEqual({ job_id: 'j', status: 'success', updated: true });
      expect(await registry.published('registry.job_completed')).toHaveLength(1);
      expect(await registry.job('j')).toMatchObject({ completed_at, metadata: { late: true } });
    });

    it('take metadata and errors after their end', async () => {
      await update({ status: 'failed' });
      await update({ error: 'found out later' });
      expect(await registry.job('j')).toMatchObject({ status: 'failed', error: 'found out later' });
    });

    it('let exactly one of many parallel ends win, and announce that one', async () => {
      const ends = ['success', 'failed', 'cancelled', 'success', 'failed', 'cancelled'];
      const outcomes = await Promise.allSettled(ends.map((status) => update({ status })));
      const announced = await registry.published('registry.job_completed');
      const { status } = await registry.job('j');
      expect(announced.map(({ payload }) => payload['status'])).toEqual([status]);
      expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toHaveLength(4);
    });

    it('are announced when they are created, start, change and complete', async () => {
      await update({ status: 'running' });
      await update({ metadata: { a: 5 } });
      await update({ status: 'failed', error: 'no' }, 'c-9');
      await registry.outbox.flush();
      expect(registry.events.map(({ type }) => type)).toEqual([
        'registry.job_created',
        'registry.job_started',
        'registry.job_updated',
        'registry.job_completed',
      ]);
      const { created_at, started_at, completed_at } = await registry.job('j');
      expect(registry.events.at(-1)).toEqual({
        type: 'registry.job_completed',
        correlation_id: 'c-9',
        timestamp: expect.stringMatching(TIME),
        source: 'registry-handler',
        payload: {
          job_id: 'j',
          pipeline: 'p',
          environment: 'dev',
          namespace: 'dev',
          status: 'failed',
          logic_version: 'unknown',
          created_at,
          started_at,
          completed_at,
          error: 'no',
        },
      });
    });

    it('change nothing and announce nothing more when the Command is received again', async () => {
      await update({ status: 'success', metadata: { a: 5 } }, 'c-9');
      await update({ metadata: { a: 6 } });
      const before = await registry.job('j');
      await update({ status: 'success', metadata: { a: 5 } }, 'c-9');
      expect(await registry.published('registry.job_completed')).toHaveLength(1);
      expect(await registry.job('j')).toEqual(before);
    });
  });

  describe('being queried', () => {
    let between: string;
    beforeEach(async () => {
      await create({ job_id: 'a' });
      await create({ job_id: 'b', pipeline: 'q', environment: 'prod' });
      between = utcNow();
      await create({ job_id: 'c', namespace: 'team', logic_version: 'v2' });
      await registry.run('update_job', { job_id: 'c', status: 'running' });
    });

    it('come newest first, with the listed fields in order', async () => {
      expect(await ids({})).toBe('cba');
      const { jobs } = await registry.data('query_jobs', {});
      expect(Object.keys((jobs as object[])[0] ?? {}).join()).toBe(
        'job_id,pipeline,environment,namespace,status,logic_version,created_at,completed_at',
      );
    });

    it('are narrowed by each filter, and by all together', async () => {
      expect(await ids({ pipeline: 'p' })).toBe('ca');
      expect(await ids({ environment: 'prod' })).toBe('b');
      expect(await ids({ namespace: 'team' })).toBe('c');
      expect(await ids({ status: 'pending' })).toBe('ba');
      expect(await ids({ logic_version: 'v2' })).toBe('c');
      expect(await ids({ pipeline: 'p', status: 'pending' })).toBe('a');
      expect(await ids({ pipeline: 'none' })).toBe('');
    });

    it('are narrowed by their time, ends included', async () => {
      expect(await ids({ created_after: between })).toBe('c');
      expect(await ids({ created_before: between })).toBe('ba');
      const { created_at } = await registry.job('b');
      expect(await ids({ created_after: created_at, created_before: created_at })).toBe('b');
      const offset = `${new Date(Date.now() + 3_600_000).toISOString().slice(0, -1)}+01:00`;
      expect(await ids({ created_before: offset })).toBe('cba');
    });

    it('come in pages', async () => {
      expect(await ids({ limit: 2 })).toBe('cb');
      expect(await ids({ limit: 2, offset: 2 })).toBe('a');
      expect(await ids({ offset: 3 })).toBe('');
    });

    it('come a hundred at a time unless asked otherwise', async () => {
      for (let n = 0; n < 100; n++) await create({ job_id: `n${n}` });
      const { count } = await registry.data('query_jobs', {});
      expect(count).toBe(100);
    });
  });
});
