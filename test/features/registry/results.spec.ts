import { beforeEach, describe, expect, it } from '@jest/globals';
import { ExecutionRecord, Result, type ResultInit } from '../../../src/protocol/index.js';
import { RetryableError, ValidationFailedError } from '../../../src/transport/errors/index.js';
import { RegistryFixture } from './registry.fixture.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;

describe('a Result', () => {
  let registry: RegistryFixture;
  beforeEach(async () => {
    registry = new RegistryFixture();
    await registry.withStep();
  });
  const record = (status: ResultInit['status'], more: Partial<ResultInit> = {}) =>
    registry.record(new Result({ status, correlation_id: 'c', step_id: 's', ...more }));

  const early = () => record('success', { step_id: 'later' });

  it.each([[null], ['']])('without a step (%j) is skipped', async (step_id) => {
    expect(await record('success', { step_id })).toEqual({
      correlation_id: 'c',
      action: 'skipped',
      reason: 'no_step_id',
    });
  });

  it('of success ends its step with duration and lineage', async () => {
    const inputs = [{ ref_type: 'file', location: 'raw/a', format: null, metadata: { 'x.y': 1 } }];
    const executions = [ExecutionRecord.sql({ statements: ['SELECT 1'] })];
    const outcome = await record('success', {
      duration_ms: 7,
      inputs,
      outputs: inputs,
      executions,
    });
    expect(outcome).toEqual({
      correlation_id: 'c',
      step_id: 's',
      action: 'updated',
      status: 'success',
    });
    expect(await registry.step('s')).toMatchObject({
      status: 'success',
      duration_ms: 7,
      completed_at: expect.stringMatching(TIME),
      error: null,
      inputs,
      outputs: inputs,
      executions,
    });
  });

  it('of error fails its step with the errors joined', async () => {
    const outcome = await record('error', { errors: ['first', 'second'] });
    expect(outcome).toMatchObject({ action: 'updated', status: 'failed' });
    expect(await registry.step('s')).toMatchObject({ status: 'failed', error: 'first; second' });
  });

  it('that is pending makes its step run', async () => {
    expect(await record('pending')).toMatchObject({ action: 'updated', status: 'running' });
    expect(await registry.step('s')).toMatchObject({
      status: 'running',
      started_at: expect.stringMatching(TIME),
      completed_at: null,
    });
  });

  it('keeps the lineage there is when it brings none', async () => {
    const outputs = [{ ref_type: 'file', location: 'raw/b', format: null, metadata: {} }];
    await record('pending', { outputs });
    await record('success');
    expect(await registry.step('s')).toMatchObject({ status: 'success', outputs });
  });

  it.each(['success', 'error', 'pending'] as const)(
    'of %s changes nothing of a step that has ended',
    async (status) => {
      for (const [ending, ended] of [
        ['success', 'success'],
        ['error', 'failed'],
      ] as const) {
        await registry.addStep(ended);
        await record(ending, { step_id: ended, duration_ms: 1, errors: ['x'] });
        const before = await registry.step(ended);
        const late = await record(status, { step_id: ended, duration_ms: 99, errors: ['late'] });
        expect(late).toMatchObject({ action: 'updated', status: ended });
        expect(await registry.step(ended)).toEqual(before);
      }
    },
  );

  it('of an unknown step is retried, for it may have overtaken add_step', async () => {
    await expect(early()).rejects.toBeInstanceOf(RetryableError);
    await expect(early()).rejects.toThrow('Step not found: later');
    await registry.addStep('later');
    expect(await early()).toMatchObject({ action: 'updated', status: 'success' });
  });

  it.each([
    [{}],
    [{ status: 'done', correlation_id: 'c' }],
    [{ status: 'success', correlation_id: 'c', step_id: { $ne: null } }],
  ])('is refused for good when it is %j', async (body) => {
    await expect(registry.record(body)).rejects.toBeInstanceOf(ValidationFailedError);
  });

  it('wins alone over others that arrive with it', async () => {
    const all = Array.from({ length: 10 }, (_, n) =>
      record(n % 2 === 0 ? 'success' : 'error', { duration_ms: n, errors: [`e${n}`] }),
    );
    await Promise.all(all);
    const { status, error, duration_ms } = await registry.step('s');
    expect(error).toBe(status === 'failed' ? `e${String(duration_ms)}` : null);
  });
});
