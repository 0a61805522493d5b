import { beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  locationOf,
  datasetAt,
} from '../../../../src/features/registry/lineage/openlineage/datasets.js';
import { readEvent } from '../../../../src/features/registry/lineage/openlineage/read-event.js';
import type { JsonObject } from '../../../../src/protocol/index.js';
import { RegistryFixture } from '../registry.fixture.js';

const RUN = '01936893-9751-7b3c-8f76-8ac6d0e5f8a3';
const DAG = '01936893-9751-7a91-a2a0-a51101a3970c';
const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`;
const dataset = (name: string, facets: JsonObject = {}) => ({
  namespace: 'bigquery',
  name,
  facets,
});
const event = (
  eventType: string | undefined,
  second: number,
  more: JsonObject = {},
): JsonObject => ({
  ...(eventType !== undefined && { eventType }),
  eventTime: at(second),
  producer: 'https://example.com/producer',
  schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
  run: {
    runId: RUN,
    facets: { parent: { run: { runId: DAG }, job: { namespace: 'airflow', name: 'dag' } } },
  },
  job: { namespace: 'airflow', name: 'dag.task', facets: {} },
  inputs: [],
  outputs: [],
  ...more,
});

const places = (references: unknown): string[] =>
  (references as JsonObject[]).map(({ location }) => String(location)).toSorted();

/** What of a step the order of events must not change. */
const seen = ({ inputs, outputs, status, started_at, completed_at }: JsonObject) => [
  places(inputs),
  places(outputs),
  status,
  started_at,
  completed_at,
];

describe('an OpenLineage event', () => {
  let registry: RegistryFixture;
  beforeEach(() => {
    registry = new RegistryFixture();
  });
  const take = async (...events: unknown[]) => {
    for (const one of events) await registry.ingest.take([readEvent(one)]);
  };

  it('makes its run a step of the job that is its parent', async () => {
    await take(
      event('START', 1, { inputs: [dataset('a')] }),
      event('COMPLETE', 5, { outputs: [dataset('b')] }),
    );
    expect(await registry.job(DAG)).toMatchObject({
      pipeline: 'dag',
      namespace: 'airflow',
      environment: 'dev',
      status: 'running',
    });
    expect(await registry.step(RUN)).toMatchObject({
      job_id: DAG,
      step_name: 'dag.task',
      handler_type: 'openlineage',
      status: 'success',
      started_at: '2026-01-01T00:00:01.000000+00:00',
      completed_at: '2026-01-01T00:00:05.000000+00:00',
      duration_ms: 4000,
      inputs: [{ location: 'bigquery:a' }],
      outputs: [{ location: 'bigquery:b' }],
    });
    const { producers } = await registry.data('get_lineage', { location: 'bigquery:b' });
    expect(producers).toMatchObject([{ step_id: RUN, job_id: DAG }]);
  });

  it('of a run without a parent makes a job, and a step of it when it has datasets', async () => {
    const run = { runId: RUN };
    await take(event('START', 1, { run }));
    expect(await registry.job(RUN)).toMatchObject({ pipeline: 'dag.task', status: 'running' });
    expect(await registry.step(RUN)).toEqual({ step_id: RUN, found: false });
    await take(event('COMPLETE', 2, { run, outputs: [dataset('b')] }));
    expect(await registry.job(RUN)).toMatchObject({ status: 'success' });
    expect(await registry.step(RUN)).toMatchObject({ job_id: RUN, status: 'success' });
  });

  it.each([
    ['FAIL', 'failed', { error: 'boom' }],
    ['ABORT', 'failed', { error: 'Aborted' }],
    ['COMPLETE', 'success', { error: null }],
    ['RUNNING', 'running', {}],
    ['OTHER', 'pending', {}],
  ])('of type %s alone makes the step %s', async (type, status, more) => {
    const failed = type === 'FAIL' && {
      run: {
        runId: RUN,
        facets: {
          parent: { run: { runId: DAG }, job: { namespace: 'airflow', name: 'dag' } },
          errorMessage: { message: 'boom', programmingLanguage: 'PYTHON' },
        },
      },
    };
    await take(event(type, 3, { ...failed }));
    expect(await registry.step(RUN)).toMatchObject({ status, ...more });
  });

  it('changes nothing when it is received again, and is announced once', async () => {
    const all = [event('START', 1), event('COMPLETE', 2, { outputs: [dataset('b')] })];
    await take(...all);
    const before = await registry.step(RUN);
    await take(...all);
    expect(await registry.step(RUN)).toEqual(before);
    expect(await registry.published('registry.step_completed')).toHaveLength(1);
    expect(registry.runEvents).toEqual([]);
  });

  it('comes to the same in any order, any number of times', async () => {
    const all = [
      event('START', 1, { inputs: [dataset('a')] }),
      event('RUNNING', 2, { inputs: [dataset('c', { x: { y: 1 } })] }),
      event('COMPLETE', 5, { outputs: [dataset('b')] }),
    ];
    await take(...all);
    const expected = seen(await registry.step(RUN));
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        fc.array(fc.nat(2), { maxLength: 3 }),
        async (order, repeated) => {
          registry = new RegistryFixture();
          await take(...[...order, ...repeated].map((n) => all[n]));
          expect(seen(await registry.step(RUN))).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('loses nothing of what others say of the same run at the same time', async () => {
    const names = Array.from({ length: 8 }, (_, n) => `t${n}`);
    await Promise.all(
      names.map((name, n) => take(event('RUNNING', n, { inputs: [dataset(name)] }))),
    );
    const { inputs } = await registry.step(RUN);
    expect(places(inputs)).toEqual(names.map((name) => `bigquery:${name}`));
  });

  it('says where columns come from, by either facet', async () => {
    const columnLineage = {
      fields: {
        total: {
          inputFields: [
            {
              namespace: 'bigquery',
              name: 'a',
              field: 'price',
              transformations: [{ type: 'DIRECT', subtype: 'AGGREGATION' }],
            },
          ],
        },
      },
    };
    const lineage = {
      inputs: [{ type: 'DATASET', namespace: 'bigquery', name: 'a' }],
      fields: {
        total: { inputs: [{ type: 'DATASET', namespace: 'bigquery', name: 'a', field: 'price' }] },
      },
    };
    for (const [second, facets] of [{ columnLineage }, { lineage }].entries()) {
      registry = new RegistryFixture();
      await take(
        event('COMPLETE', second, { inputs: [dataset('a')], outputs: [dataset('b', facets)] }),
      );
      const { columns } = await registry.data('get_lineage', {
        location: 'bigquery:b',
        column: 'total',
      });
      expect(columns).toMatchObject({
        upstream: [
          {
            from: { location: 'bigquery:a', column: 'price' },
            to: { location: 'bigquery:b', column: 'total' },
          },
        ],
      });
      const down = await registry.data('get_lineage', { location: 'bigquery:a', column: 'price' });
      expect(down['columns']).toMatchObject({ downstream: [{ to: { column: 'total' } }] });
    }
  });

  it('takes the datasets that a lineage facet of the job names', async () => {
    const job = {
      namespace: 'airflow',
      name: 'dag.task',
      facets: {
        lineage: {
          entries: [
            {
              type: 'DATASET',
              namespace: 'bigquery',
              name: 'b',
              inputs: [{ type: 'DATASET', namespace: 'bigquery', name: 'a' }, { type: 'JOB' }],
            },
          ],
        },
      },
    };
    await take(event('COMPLETE', 1, { job }));
    expect(await registry.step(RUN)).toMatchObject({
      inputs: [{ location: 'bigquery:a' }],
      outputs: [{ location: 'bigquery:b' }],
    });
  });

  it('keeps facets it does not know, of run, job and dataset, whatever their keys', async () => {
    const facets = { 'spark.logicalPlan': { $where: [{ 'a.b': 1 }] } };
    const run = {
      runId: RUN,
      facets: { ...facets, parent: { run: { runId: DAG }, job: { namespace: 'n', name: 'dag' } } },
    };
    await take(event('START', 1, { run, inputs: [dataset('a', facets)] }));
    const step = await registry.step(RUN);
    expect(step).toMatchObject({ facets: { run: facets } });
    expect(step['inputs']).toMatchObject([{ metadata: { facets } }]);
  });

  it('of a job alone is lineage by design, renewed by the next', async () => {
    const { run: _run, ...designed } = event(undefined, 1, {
      inputs: [dataset('a')],
      outputs: [dataset('b')],
    });
    await take(designed, designed);
    const { producers } = await registry.data('get_lineage', { location: 'bigquery:b' });
    expect(producers).toMatchObject([{ step_name: 'dag.task' }]);
  });

  it('must not end a job or a step that Commands have made', async () => {
    await registry.withStep();
    for (const runId of ['j', 's']) {
      const failure = take(event('FAIL', 1, { run: { runId }, outputs: [dataset('b')] }));
      await expect(failure).rejects.toThrow('run.runId is the id of a job or step');
    }
    expect(await registry.job('j')).toMatchObject({ status: 'pending' });
    expect(await registry.step('s')).toMatchObject({ status: 'pending', outputs: [] });
  });

  it('of our own making is not taken in again', async () => {
    await take(event('COMPLETE', 1, { producer: 'urn:weft:registry', outputs: [dataset('b')] }));
    expect(await registry.step(RUN)).toEqual({ step_id: RUN, found: false });
  });

  it.each([
    [null, 'event must be an OpenLineage event'],
    [{}, 'job is required'],
    [{ job: { namespace: 'n' }, eventTime: at(1) }, 'job.name is required'],
    [event('START', 1, { eventTime: 'now' }), 'eventTime must be an ISO 8601 time'],
    [event('START', 1, { run: {} }), 'run.runId is required'],
    [event('START', 1, { inputs: {} }), 'inputs must be a list'],
    [event('START', 1, { outputs: [{}] }), 'outputs.0 must have a namespace and a name'],
  ])('%j is refused: %s', (value, message) => {
    expect(() => readEvent(value)).toThrow(message);
  });

  it.each([
    ['s3://bucket', 'a/b', 's3://bucket/a/b'],
    ['file', '/tmp/x', 'file:/tmp/x'],
    ['bigquery', 'p.d.t', 'bigquery:p.d.t'],
    ['postgres://host:5432', 'db.schema.table', 'postgres://host:5432/db.schema.table'],
    ['weft', 'main.orders', 'main.orders'],
  ])('dataset %s %s is the location %s', (namespace, name, location) => {
    expect(locationOf({ namespace, name })).toBe(location);
  });

  it('names a location so that it is read back as the same', () => {
    for (const location of ['s3://bucket/a/b', 'main.orders', 'raw/a.csv', 'kafka://topic']) {
      expect(locationOf(datasetAt(location))).toBe(location);
    }
  });
});
