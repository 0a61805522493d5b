import { beforeEach, describe, expect, it } from '@jest/globals';
import { processResult } from '../../../src/features/registry/index.js';
import { Result, type JsonObject } from '../../../src/protocol/index.js';
import { RegistryFixture } from './registry.fixture.js';

const result = (step_id: string | null, status: 'success' | 'error' = 'success') =>
  new Result({ status, correlation_id: 'c', step_id, errors: status === 'error' ? ['no'] : [] });

describe('the registry', () => {
  let registry: RegistryFixture;
  beforeEach(async () => {
    registry = new RegistryFixture();
    await registry.withStep();
  });

  it('gives a step the correlation id of the Command that added it, unless one is named', async () => {
    const names = { job_id: 'j', step_name: 'n', handler_type: 'h', action: 'a' };
    await registry.run('add_step', { ...names, step_id: 'x' }, 'c-1');
    await registry.run('add_step', { ...names, step_id: 'y', correlation_id: 'own' }, 'c-1');
    expect(await registry.step('x')).toMatchObject({ correlation_id: 'c-1' });
    expect(await registry.step('y')).toMatchObject({ correlation_id: 'own' });
  });

  it.each([
    ['correlation_id', { correlation_id: 'other', job_id: 'j' }],
    ['job_id', { correlation_id: 'own', job_id: 'another job' }],
  ])('refuses for good a Result whose %s is not that of the step it names', async (field, ids) => {
    const names = { job_id: 'j', step_name: 'n', handler_type: 'h', action: 'a' };
    await registry.run('add_step', { ...names, step_id: 'y', correlation_id: 'own' });
    const failure = registry.record(Result.success({ ...ids, step_id: 'y' }));
    await expect(failure).rejects.toMatchObject({ code: 'WEFT_FOREIGN_RESULT', retryable: false });
    await expect(failure).rejects.toThrow(`its ${field} is another one than the step's`);
    expect(await registry.step('y')).toMatchObject({ status: 'pending' });
  });

  it('takes a Result by processResult, from JSON too', async () => {
    const succeeded = Result.success({ correlation_id: 'c', step_id: 's' });
    expect(await processResult(JSON.parse(JSON.stringify(succeeded)), registry.results)).toEqual({
      correlation_id: 'c',
      step_id: 's',
      action: 'updated',
      status: 'success',
    });
    expect(await processResult(succeeded, registry.results)).toMatchObject({ status: 'success' });
    await expect(processResult({}, registry.results)).rejects.toThrow('Missing required field');
  });

  it('takes the Results of one receive together, each with its own outcome', async () => {
    await registry.addStep('t');
    const outcomes = await registry.results.recordAll([
      result('s', 'error'),
      result(null),
      result('none'),
      result('t'),
      result('s'),
    ]);
    expect(outcomes).toMatchObject([
      { recorded: { step_id: 's', status: 'failed' } },
      { recorded: { action: 'skipped' } },
      { error: { message: 'Step not found: none', retryable: true } },
      { recorded: { step_id: 't', status: 'success' } },
      { recorded: { step_id: 's', status: 'failed' } },
    ]);
  });

  it('announces steps when they are added, start and complete', async () => {
    await registry.record(Result.pending({ correlation_id: 'c', step_id: 's' }));
    await registry.record(Result.success({ correlation_id: 'c', step_id: 's', duration_ms: 5 }));
    await registry.record(Result.success({ correlation_id: 'c', step_id: 's' }));
    await registry.outbox.flush();
    const events = registry.events.filter(({ type }) => type.startsWith('registry.step'));
    expect(events.map(({ type }) => type)).toEqual([
      'registry.step_added',
      'registry.step_started',
      'registry.step_completed',
    ]);
    expect(events[2]).toMatchObject({
      correlation_id: 'c',
      source: 'registry-handler',
      payload: { step_id: 's', job_id: 'j', status: 'success', duration_ms: 5, error: null },
    });
  });

  it('cancels a job and skips its steps that have not begun', async () => {
    await registry.addStep('running');
    await registry.run('update_step', { step_id: 'running', status: 'running' });
    const data = await registry.data('cancel_job', { job_id: 'j', reason: 'no longer wanted' });
    expect(data).toEqual({ job_id: 'j', status: 'cancelled', steps_skipped: 1 });
    expect(await registry.job('j')).toMatchObject({
      status: 'cancelled',
      error: 'no longer wanted',
    });
    expect(await registry.step('s')).toMatchObject({ status: 'skipped' });
    expect(await registry.step('running')).toMatchObject({ status: 'running' });
    expect(await registry.data('cancel_job', { job_id: 'j' })).toMatchObject({ steps_skipped: 0 });
    await registry.run('create_job', { pipeline: 'p', job_id: 'done' });
    await registry.run('update_job', { job_id: 'done', status: 'success' });
    await expect(registry.run('cancel_job', { job_id: 'done' })).rejects.toThrow(
      'Job is already success: done',
    );
  });

  it('retries a failed step as a new one, the same for the same Command', async () => {
    await registry.record(Result.error({ correlation_id: 'c', step_id: 's', errors: ['no'] }));
    const first = await registry.data('retry_step', { step_id: 's' }, 'c-9');
    expect(first).toMatchObject({ retry_of: 's', job_id: 'j', status: 'pending' });
    expect(await registry.data('retry_step', { step_id: 's' }, 'c-9')).toEqual(first);
    expect(await registry.step(String(first['step_id']))).toMatchObject({
      step_name: 'name of s',
      metadata: { retry_of: 's' },
    });
    await expect(registry.run('retry_step', { step_id: String(first['step_id']) })).rejects.toThrow(
      'Step cannot be retried, it is pending',
    );
    await registry.run('update_job', { job_id: 'j', status: 'failed' });
    await expect(registry.run('retry_step', { step_id: 's' }, 'c-10')).rejects.toThrow(
      'Job is already failed: j',
    );
  });

  it('lists pipelines by name, each with its newest job, page by page', async () => {
    for (const [pipeline, job_id, environment] of [
      ['b', 'b1', 'dev'],
      ['b', 'b2', 'prod'],
      ['c', 'c1', 'dev'],
    ] as const) {
      await registry.run('create_job', { pipeline, job_id, environment });
    }
    const { pipelines } = await registry.data('list_pipelines', {});
    expect(pipelines).toMatchObject([
      { pipeline: 'b', jobs: 2, last_job: { job_id: 'b2' } },
      { pipeline: 'c', jobs: 1, last_job: { job_id: 'c1' } },
      { pipeline: 'p', jobs: 1, last_job: { job_id: 'j' } },
    ]);
    const page = await registry.data('list_pipelines', { after: 'b', limit: 1 });
    expect(page).toMatchObject({ count: 1, pipelines: [{ pipeline: 'c' }] });
    const prod = await registry.data('list_pipelines', { environment: 'prod' });
    expect(prod).toMatchObject({ pipelines: [{ pipeline: 'b', jobs: 1 }] });
  });

  it('gives jobs in pages by a cursor, however many are created meanwhile', async () => {
    for (let n = 0; n < 7; n++)
      await registry.run('create_job', { pipeline: 'q', job_id: `q${n}` });
    const seen: string[] = [];
    let cursor: unknown = '';
    while (typeof cursor === 'string') {
      const page: JsonObject = await registry.data('query_jobs', {
        pipeline: 'q',
        limit: 3,
        cursor,
      });
      seen.push(...(page['jobs'] as JsonObject[]).map(({ job_id }) => String(job_id)));
      cursor = page['next_cursor'];
      await registry.run('create_job', { pipeline: 'q', job_id: `late-${seen.length}` });
    }
    expect(seen).toEqual(['q6', 'q5', 'q4', 'q3', 'q2', 'q1', 'q0']);
    await expect(registry.run('query_jobs', { cursor: 'x' })).rejects.toThrow('cursor must be');
  });
});
