import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../../src/protocol/index.js';
import { STEPS_COLLECTION } from '../../../../src/features/registry/registry.documents.js';
import { RegistryFixture } from '../registry.fixture.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const started = (fixture: RegistryFixture) =>
  fixture.run('create_job', {
    pipeline: 'sales',
    job_id: 'j',
    environment: 'prod',
    namespace: 'team',
    logic_version: 'a6a87b5',
  });

describe('OpenLineage events of completed steps', () => {
  let registry: RegistryFixture;
  beforeAll(() => Logger.overrideLogger(false));

  const ended = async (step_id: string, more: JsonObject) => {
    await registry.addStep(step_id);
    await registry.run('update_step', {
      step_id,
      started_at: '2026-01-01T00:00:00Z',
      completed_at: '2026-01-01T00:00:05Z',
      ...more,
    });
    await registry.outbox.flush();
  };

  beforeEach(async () => {
    registry = new RegistryFixture();
    await started(registry);
  });

  it('say what was read, written and run, with the facets we can fill', async () => {
    await ended('s', {
      status: 'success',
      inputs: [{ ref_type: 'file', location: 's3://bucket/raw/a.csv' }],
      outputs: [
        {
          ref_type: 'table',
          location: 'main.orders',
          metadata: { row_count: 3, bytes: 90, schema: [{ name: 'id', type: 'INTEGER' }] },
        },
      ],
      executions: [
        {
          execution_type: 'sql',
          details: { dialect: 'duckdb', statements: ['SELECT 1', 'SELECT 2'] },
        },
      ],
    });
    expect(registry.runEvents).toHaveLength(1);
    expect(registry.runEvents[0]).toMatchObject({
      eventType: 'COMPLETE',
      eventTime: '2026-01-01T00:00:05.000000+00:00',
      run: {
        runId: expect.stringMatching(UUID),
        facets: {
          parent: {
            run: { runId: expect.stringMatching(UUID) },
            job: { namespace: 'team', name: 'sales' },
          },
          nominalTime: { nominalStartTime: '2026-01-01T00:00:00.000000+00:00' },
        },
      },
      job: {
        namespace: 'team',
        name: 'sales.name of s',
        facets: {
          sql: { query: 'SELECT 1;\nSELECT 2', dialect: 'duckdb' },
          sourceCodeLocation: { version: 'a6a87b5' },
        },
      },
      inputs: [{ namespace: 's3://bucket', name: 'raw/a.csv' }],
      outputs: [
        {
          namespace: 'weft',
          name: 'main.orders',
          facets: { schema: { fields: [{ name: 'id', type: 'INTEGER' }] } },
          outputFacets: { outputStatistics: { rowCount: 3, size: 90 } },
        },
      ],
    });
  });

  it.each([
    ['failed', 'FAIL', { errorMessage: { message: 'no', programmingLanguage: 'storage' } }],
    ['skipped', 'ABORT', {}],
  ])('of a step that is %s are of type %s', async (status, eventType, facets) => {
    await ended('s', { status, ...(status === 'failed' && { error: 'no' }) });
    expect(registry.runEvents).toMatchObject([{ eventType, run: { facets } }]);
  });

  it('have the same run id for the same step, and are published once however often its end is reported', async () => {
    await ended('s', { status: 'success' });
    await registry.run('update_step', { step_id: 's', status: 'success' });
    await registry.outbox.flush();
    expect(registry.runEvents).toHaveLength(1);
  });

  describe('sent to an endpoint as well', () => {
    let status: number;
    let requests: { url?: string | undefined; headers: IncomingHttpHeaders; body: JsonObject }[];
    const server = createServer((request, answer) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url, headers } = request;
        requests.push({ url, headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
        answer.writeHead(status).end();
      });
    });

    beforeEach(async () => {
      status = 201;
      requests = [];
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      registry = new RegistryFixture(undefined, `http://127.0.0.1:${port}/api/v1/lineage`);
      await started(registry);
    });
    afterEach(() => new Promise((resolve) => server.close(resolve)));

    it('are posted there with the key', async () => {
      await ended('s', { status: 'success' });
      expect(requests).toMatchObject([
        {
          url: '/api/v1/lineage',
          headers: { authorization: 'Bearer openlineage-key' },
          body: { eventType: 'COMPLETE', job: { name: 'sales.name of s' } },
        },
      ]);
    });

    it('are retried while it fails, and go to the topic once', async () => {
      status = 503;
      await ended('s', { status: 'success' });
      expect(registry.runEvents).toHaveLength(1);
      const step = await registry.store.collection(STEPS_COLLECTION).findOne({ _id: 's' });
      expect(step?.outbox).toMatchObject([
        { attempts: 1, error: 'RetryableError: The OpenLineage endpoint answered 503' },
      ]);
    });

    it('are parked with the reason when it refuses them', async () => {
      status = 401;
      await ended('s', { status: 'success' });
      const [parked] = await registry.outbox.parked(STEPS_COLLECTION);
      expect(parked?.reason).toContain('answered 401. Check OPENLINEAGE_URL');
    });
  });
});
