import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProblemFilter, validationPipe } from '../../../src/platform/http/index.js';
import type { JsonObject } from '../../../src/protocol/index.js';
import { JobsService, LineageService, StepsService } from '../../../src/features/registry/index.js';
import { LineageHttpController } from '../../../src/features/registry/lineage/lineage-http.controller.js';
import { RegistryHttpController } from '../../../src/features/registry/registry-http.controller.js';
import { RegistryFixture } from './registry.fixture.js';

describe('the registry over HTTP', () => {
  const registry = new RegistryFixture();
  let app: INestApplication;
  const get = async (path: string): Promise<{ status: number; body: JsonObject }> => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, body: (await answer.json()) as JsonObject };
  };

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      controllers: [RegistryHttpController, LineageHttpController],
      providers: [
        { provide: JobsService, useValue: registry.jobs },
        { provide: StepsService, useValue: registry.steps },
        { provide: LineageService, useValue: registry.lineage },
      ],
    }).compile();
    app = module.createNestApplication({ logger: false });
    app.useGlobalPipes(validationPipe());
    app.useGlobalFilters(new ProblemFilter());
    await app.listen(0, '127.0.0.1');
    await registry.withStep();
    const outputs = [{ ref_type: 'file', location: 's3://bucket/a b' }];
    await registry.run('update_step', { step_id: 's', status: 'success', outputs });
    await registry.run('create_job', { pipeline: 'q', job_id: 'odd/id?#%' });
  });
  afterAll(() => app.close());

  it('lists jobs by the filters of query_jobs, numbers and times in texts', async () => {
    const { status, body } = await get(
      '/api/jobs?pipeline=p&limit=10&offset=0&created_after=2026-01-01T00:00:00%2B00:00&unknown=1',
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ count: 1, jobs: [{ job_id: 'j', pipeline: 'p' }] });
  });

  it('gives a job with every field', async () => {
    const { body } = await get('/api/jobs/j');
    expect(Object.keys(body)).toHaveLength(14);
    expect(body).toMatchObject({ job_id: 'j', request: {}, completed_at: null });
    const odd = await get(`/api/jobs/${encodeURIComponent('odd/id?#%')}`);
    expect(odd.body).toMatchObject({ pipeline: 'q' });
  });

  it("gives a job's steps, and one step with every field", async () => {
    const { body } = await get('/api/jobs/j/steps');
    expect(body).toMatchObject({ job_id: 'j', count: 1, steps: [{ step_id: 's' }] });
    expect((await get('/api/steps/s')).body).toMatchObject({ step_id: 's', status: 'success' });
    const none = await get(`/api/jobs/${encodeURIComponent('odd/id?#%')}/steps`);
    expect(none.body).toMatchObject({ count: 0, steps: [] });
  });

  it('gives the lineage of a location', async () => {
    const { body } = await get('/api/lineage?location=s3://bucket/a%20b&direction=both&depth=1');
    expect(body).toMatchObject({ producers: [{ step_id: 's' }], consumers: [] });
  });

  it.each(['/api/jobs/none', '/api/jobs/none/steps', '/api/steps/none', '/api/jobs/__proto__'])(
    '%s is a 404 problem',
    async (path) => {
      const { status, body } = await get(path);
      expect(status).toBe(404);
      expect(body).toMatchObject({
        status: 404,
        title: 'Not Found',
        detail: expect.stringContaining('No such'),
      });
    },
  );

  it('takes no operators from a query', async () => {
    const { status, body } = await get('/api/jobs?pipeline[$ne]=p&status[$gt]=');
    expect([status, body['count']]).toEqual([200, 2]);
  });

  it.each([
    ['/api/jobs?limit=many', 'limit'],
    ['/api/jobs?limit=1e9', 'limit'],
    ['/api/jobs?offset=-1', 'offset'],
    ['/api/jobs?status=flying', 'status'],
    ['/api/jobs?pipeline=a&pipeline=b', 'pipeline'],
    ['/api/jobs?created_before=now', 'created_before'],
    ['/api/lineage', 'location'],
    ['/api/lineage?location=', 'location'],
    ['/api/lineage?location=a&depth=51', 'depth'],
    ['/api/lineage?location=a&direction=up', 'direction'],
  ])('%s is a 400 problem naming %s', async (path, field) => {
    const { status, body } = await get(path);
    expect(status).toBe(400);
    expect(body['errors']).toMatchObject([{ field }]);
  });
});
