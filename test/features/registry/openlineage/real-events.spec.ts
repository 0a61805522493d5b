import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JsonObject } from '../../../../src/protocol/index.js';
import { readEvent } from '../../../../src/features/registry/lineage/openlineage/read-event.js';
import { RegistryFixture } from '../registry.fixture.js';

// Not in the repository: the specification's schemas, and events of Airflow and Spark.
const FOLDERS = ['../../../../..', '../../../../../..'].map((up) =>
  join(import.meta.dirname, up, 'shared/data/openlineage'),
);
const data = FOLDERS.find((folder) => existsSync(folder));
const where = data === undefined ? describe.skip : describe;

const readJson = (file: string): JsonObject => JSON.parse(readFileSync(file, 'utf8'));
const eventsIn = (folder: string): JsonObject[] =>
  readdirSync(join(data ?? '', folder))
    .toSorted()
    .map((name) => readJson(join(data ?? '', folder, name)));

where('with the schemas and events of OpenLineage', () => {
  it('events of completed steps are valid by the schemas of the event and of its facets', async () => {
    const ajv = new Ajv2020({ strict: false });
    (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
    const schemas = join(data ?? '', 'schemas');
    ajv.addSchema(readJson(join(schemas, 'OpenLineage.json')));
    const facets = join(schemas, 'facets');
    for (const name of readdirSync(facets)) ajv.addSchema(readJson(join(facets, name)));

    const registry = new RegistryFixture();
    await registry.run('create_job', { pipeline: 'p', job_id: 'j', logic_version: 'v 1/ü' });
    const reference = {
      ref_type: 'table',
      location: 'main.t',
      metadata: { row_count: 1, bytes: 2, schema: { id: 'INTEGER' } },
    };
    for (const status of ['success', 'failed', 'skipped']) {
      await registry.addStep(status);
      await registry.run('update_step', {
        step_id: status,
        status,
        error: 'no',
        inputs: [reference, { ref_type: 'file', location: 's3://b/k' }],
        outputs: [reference],
        executions: [
          { execution_type: 'sql', details: { dialect: 'duckdb', statements: ['SELECT 1'] } },
        ],
      });
    }
    await registry.outbox.flush();
    expect(registry.runEvents).toHaveLength(3);
    const faults: unknown[] = [];
    const check = (schema: string, value: unknown): void => {
      const validate = ajv.getSchema(schema);
      if (validate === undefined) throw new Error(`No schema ${schema}`);
      if (validate(value) !== true) faults.push(schema, validate.errors);
    };
    let checked = 0;
    const checkFacets = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const { _schemaURL: schema } = value as { _schemaURL?: unknown };
      if (typeof schema === 'string') {
        check(schema, value);
        checked++;
      }
      for (const child of Object.values(value)) checkFacets(child);
    };
    for (const event of registry.runEvents) {
      check(String(event['schemaURL']), event);
      checkFacets(event);
    }
    expect(faults).toEqual([]);
    expect(checked).toBeGreaterThan(20);
  });

  it('the lineage graph of events of Airflow goes from its source files to the composed one', async () => {
    const registry = new RegistryFixture();
    for (const event of eventsIn('airflow')) await registry.ingest.take([readEvent(event)]);
    const { jobs } = await registry.data('query_jobs', {});
    expect(
      (jobs as JsonObject[])
        .map(({ pipeline, status }) => `${String(pipeline)} ${String(status)}`)
        .toSorted(),
    ).toEqual(['BQ success', 'dag success', 'gcs_hook success']);
    const bucket = 'gs://mock-bucket';
    const graphOf = async (location: string) => {
      const found = await registry.data('get_lineage', {
        location,
        depth: 10,
        direction: 'producers',
      });
      const { nodes } = found['graph'] as { nodes: JsonObject[] };
      return nodes.flatMap(({ location: place }) => (typeof place === 'string' ? [place] : []));
    };
    expect(await graphOf(`${bucket}/compose_result.txt`)).toEqual(
      expect.arrayContaining([
        `${bucket}/uploaded_file.txt`,
        `${bucket}/copy_of_uploaded_data.txt`,
        expect.stringContaining('/files/temp/data.txt'),
      ]),
    );
    const [upload] = (await registry.data('query_jobs', { pipeline: 'BQ' }))[
      'jobs'
    ] as JsonObject[];
    const { steps } = await registry.data('get_job_steps', { job_id: upload?.['job_id'] });
    expect((steps as JsonObject[]).map(({ step_name, status }) => [step_name, status])).toEqual([
      ['BQ.upload', 'success'],
      ['BQ.copy', 'success'],
      ['BQ.download', 'success'],
    ]);
    expect(await graphOf('bigquery:mock-project.test.upload_cp')).toEqual(
      expect.arrayContaining([
        'bigquery:mock-project.test.upload',
        expect.stringMatching(/test\.csv$/),
      ]),
    );
  });

  it('columns that Spark reports lead back to both sources, in whatever order its events come', async () => {
    const events = eventsIn('CLL');
    for (const order of [events, events.toReversed()]) {
      const registry = new RegistryFixture();
      for (const event of order) await registry.ingest.take([readEvent(event)]);
      const table = 'file:/tmp/cll_test/tbl1';
      const { producers } = await registry.data('get_lineage', { location: table });
      expect(producers).toHaveLength(1);
      const { outputs } = await registry.step(String((producers as JsonObject[])[0]?.['step_id']));
      const [{ metadata } = { metadata: {} }] = outputs as { metadata: JsonObject }[];
      const columns = metadata['column_lineage'] as { name: string; inputs: JsonObject[] }[];
      const [first] = columns;
      const asked = await registry.data('get_lineage', { location: table, column: first?.name });
      const { upstream } = asked['columns'] as { upstream: { from: JsonObject }[] };
      expect(upstream.map(({ from }) => from)).toEqual(
        first?.inputs.map(({ location, column }) => ({ location, column })),
      );
      expect(
        new Set(columns.flatMap(({ inputs }) => inputs.map(({ location }) => location))),
      ).toEqual(new Set(['file:/tmp/cll_test/cll_source1', 'file:/tmp/cll_test/cll_source2']));
    }
  });
});
