import { beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/protocol/index.js';
import { RegistryFixture } from './registry.fixture.js';

const at = (second: number) => `2026-01-01T00:00:0${second}Z`;
const table = (location: string) => ({ ref_type: 'table', location });
const ids = (steps: unknown) => (steps as JsonObject[]).map(({ step_id }) => step_id).join('');

describe('lineage', () => {
  let registry: RegistryFixture;
  beforeEach(async () => {
    registry = new RegistryFixture();
    for (const environment of ['dev', 'prod']) {
      const job_id = `${environment}-job`;
      await registry.run('create_job', { pipeline: 'p', job_id, environment, logic_version: 'v1' });
    }
    const step = async (step_id: string, job_id: string, more: JsonObject) => {
      await registry.addStep(step_id, job_id);
      await registry.run('update_step', { step_id, ...more });
    };
    const executions = [{ execution_type: 'sql', details: { 'a.b': 1 } }];
    await step('a', 'dev-job', { outputs: [table('main.t')], completed_at: at(1), executions });
    await step('b', 'prod-job', { outputs: [table('main.t')], completed_at: at(2) });
    await step('c', 'dev-job', { outputs: [table('main.t')] });
    await step('d', 'dev-job', { inputs: [table('main.t'), table('main.u')], started_at: at(3) });
    await step('e', 'prod-job', { inputs: [table('main.t')], started_at: at(4) });
    await step('f', 'dev-job', { inputs: [table('main.t2')], outputs: [table('main.t.x')] });
  });
  const lineage = (more: JsonObject = {}) =>
    registry.data('get_lineage', { location: 'main.t', ...more });
  const idsIn = async (direction: string) => {
    const { producers, consumers } = await lineage({ direction });
    return `${ids(producers)}|${ids(consumers)}`;
  };

  it('names producers and consumers newest first, fields in order', async () => {
    const data = await lineage();
    expect(Object.keys(data).join()).toBe('location,producers,consumers');
    expect(ids(data['producers'])).toBe('bac');
    expect(ids(data['consumers'])).toBe('ed');
    const [, producer] = data['producers'] as JsonObject[];
    expect(JSON.stringify(producer)).toBe(
      '{"job_id":"dev-job","step_id":"a","step_name":"name of a","handler_type":"storage",' +
        '"logic_version":"v1","completed_at":"2026-01-01T00:00:01.000000+00:00",' +
        '"executions":[{"execution_type":"sql","details":{"a.b":1}}]}',
    );
    const [consumer] = data['consumers'] as JsonObject[];
    expect(consumer).toMatchObject({ started_at: '2026-01-01T00:00:04.000000+00:00' });
  });

  it('goes in one direction, or both', async () => {
    expect(await idsIn('producers')).toBe('bac|');
    expect(await idsIn('consumers')).toBe('|ed');
    expect(await idsIn('both')).toBe('bac|ed');
  });

  it('is narrowed by environment', async () => {
    const { producers, consumers } = await lineage({ environment: 'prod' });
    expect(ids(producers)).toBe('b');
    expect(ids(consumers)).toBe('e');
  });

  it('matches a location exactly', async () => {
    for (const location of ['main', 'main.T', 'main.', '.*', 'main_t', '%']) {
      expect(await lineage({ location })).toEqual({ location, producers: [], consumers: [] });
    }
    expect(ids((await lineage({ location: 'main.u' }))['consumers'])).toBe('d');
  });

  it.each([
    [{ location: null }, 'Missing required field: location'],
    [{ location: { $gt: '' } }, 'location must be a string'],
    [{ location: 'x'.repeat(4097) }, 'location must be at most 4096 characters long'],
    [{ direction: 'up' }, 'direction must be one of producers, consumers, both'],
    [{ depth: 0 }, 'depth must be an integer from 1 to 50'],
    [{ depth: 51 }, 'depth must be an integer from 1 to 50'],
    [{ as_of: 'now' }, 'as_of must be an ISO 8601 time'],
    [{ impact: 1 }, 'impact must be true or false'],
  ])('%j is refused: %s', async (payload, message) => {
    await expect(lineage(payload)).rejects.toThrow(message);
  });

  it('takes a depth of 1', async () => {
    expect(await lineage({ depth: 1 })).toEqual(await lineage());
  });
});
