import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readEvent } from '../../../src/features/registry/lineage/openlineage/read-event.js';
import { MongooseStore } from '../../../src/platform/persistence/mongoose/mongoose.store.js';
import { Result, type JsonObject } from '../../../src/protocol/index.js';
import { RegistryFixture } from '../../features/registry/registry.fixture.js';
import { addressOf } from '../engine.js';

const table = (location: string) => ({ ref_type: 'table', location });

describe('the registry over MongoDB', () => {
  let registry: RegistryFixture;

  beforeAll(async () => {
    const store = new MongooseStore({
      uri: addressOf('mongo-java-server'),
      databaseName: `weft-registry-${process.pid}-${randomUUID().slice(0, 8)}`,
    });
    registry = new RegistryFixture(store);
    await store.open();
    await registry.withStep();
    for (let n = 0; n < 5; n++) {
      await registry.addStep(`s${n}`);
      await registry.run('update_step', {
        step_id: `s${n}`,
        status: 'success',
        completed_at: `2026-01-01T00:00:0${n}Z`,
        inputs: [table(`t${n}`)],
        outputs: [table(`t${n + 1}`)],
      });
    }
  });
  afterAll(() => registry.store.close());

  it('walks the graph, as of a time, and by run', async () => {
    const graphOf = async (more: JsonObject) => {
      const data = await registry.data('get_lineage', { location: 't2', depth: 10, ...more });
      const { nodes } = data['graph'] as { nodes: JsonObject[] };
      return nodes
        .flatMap(({ location }) => (typeof location === 'string' ? [location] : []))
        .toSorted();
    };
    expect(await graphOf({})).toEqual(['t0', 't1', 't2', 't3', 't4', 't5']);
    expect(await graphOf({ direction: 'consumers', as_of: '2026-01-01T00:00:03Z' })).toEqual([
      't2',
      't3',
      't4',
    ]);
    const { graph } = await registry.data('get_run_lineage', {
      step_id: 's2',
      direction: 'producers',
    });
    const { nodes } = graph as { nodes: JsonObject[] };
    expect(
      nodes.flatMap(({ step_id }) => (typeof step_id === 'string' ? [step_id] : [])),
    ).toContain('s1');
  });

  it('takes Results together, pages jobs, lists pipelines and cancels', async () => {
    const [first, second] = await registry.results.recordAll([
      Result.success({ correlation_id: 'c', step_id: 's' }),
      Result.success({ correlation_id: 'c', step_id: 'none' }),
    ]);
    expect(first).toMatchObject({ recorded: { status: 'success' } });
    expect(second).toMatchObject({ error: { message: 'Step not found: none' } });
    const page = await registry.data('query_jobs', { limit: 1, cursor: '' });
    expect(await registry.data('query_jobs', { cursor: page['next_cursor'] })).toMatchObject({
      count: 0,
    });
    expect(await registry.data('list_pipelines', {})).toMatchObject({
      pipelines: [{ pipeline: 'p', jobs: 1 }],
    });
    await registry.addStep('waiting');
    expect(await registry.data('cancel_job', { job_id: 'j' })).toMatchObject({ steps_skipped: 1 });
  });

  it('takes OpenLineage events, and announces their steps', async () => {
    const event = {
      eventTime: '2026-01-01T00:00:00Z',
      producer: 'urn:test',
      run: { runId: 'run-1' },
      job: { namespace: 'n', name: 'job' },
      outputs: [{ namespace: 'bigquery', name: 'a', facets: { 'x.y': { $z: 1 } } }],
    };
    for (const eventType of ['COMPLETE', 'START', 'COMPLETE']) {
      await registry.ingest.take([readEvent({ ...event, eventType })]);
    }
    expect(await registry.step('run-1')).toMatchObject({
      status: 'success',
      outputs: [{ location: 'bigquery:a', metadata: { facets: { 'x.y': { $z: 1 } } } }],
    });
    expect(await registry.published('registry.step_completed')).not.toEqual([]);
  });
});
