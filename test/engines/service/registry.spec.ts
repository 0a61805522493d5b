import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { Result, type Command, type JsonObject } from '../../../src/protocol/index.js';
import {
  makeContainer,
  OutsideWorld,
  producersOf,
  request,
  resultOf,
} from '../../support/service.js';
import { waitFor } from '../../support/wait.js';
import { CLOSE_TIMEOUT_MS, startOnEngines } from '../service.js';

let service: RunningService;
let outside: OutsideWorld;

beforeAll(async () => {
  service = await startOnEngines();
  outside = new OutsideWorld(service);
});
afterAll(() => service.close(), CLOSE_TIMEOUT_MS);

const send = (
  type: string,
  action: string,
  payload: JsonObject,
  ids: Partial<Pick<Command, 'job_id' | 'step_id'>> = {},
): Promise<Result> => resultOf(service, { type, action, payload, ...ids });

const addStep = (step_id: string, job_id: string): Promise<Result> =>
  send('registry', 'add_step', {
    job_id,
    step_id,
    step_name: 'load',
    handler_type: 'storage',
    action: 'put_object',
  });

const stepOnce = (step_id: string, status: string) =>
  waitFor(`${step_id} to be ${status}`, async () => {
    const { body } = await request(service, `/api/steps/${step_id}`);
    return body['status'] === status ? body : undefined;
  });

describe('Service: registry', () => {
  it('follows a storage Command from its job to its lineage', async () => {
    const container = await makeContainer(service);
    const job = await send('registry', 'create_job', { pipeline: 'files' });
    const job_id = String(job.data?.['job_id']);
    await addStep('step-1', job_id);
    const stored = { container, path: 'a.txt', body: 'hello' };
    await send('storage', 'put_object', stored, { job_id, step_id: 'step-1' });
    const step = await stepOnce('step-1', 'success');
    expect(step).toMatchObject({ job_id, outputs: [{ location: `${container}/a.txt` }] });
    const { data } = await send('registry', 'update_job', { job_id, status: 'success' });
    expect(data).toEqual({ job_id, status: 'success', updated: true });
    const producers = await producersOf(service, `${container}/a.txt`);
    expect(producers).toMatchObject([{ job_id, step_id: 'step-1' }]);
  });

  it('queries jobs newest first, and pages through them', async () => {
    for (const n of [1, 2, 3])
      await send('registry', 'create_job', { pipeline: 'paged', job_id: `job-paged-${n}` });
    const { data } = await send('registry', 'query_jobs', { pipeline: 'paged', limit: 2 });
    expect(data).toMatchObject({ jobs: [{ job_id: 'job-paged-3' }, { job_id: 'job-paged-2' }] });
  });

  it('refuses a job that is there already, and a step without a job', async () => {
    await send('registry', 'create_job', { pipeline: 'twice', job_id: 'job-twice' });
    const again = await send('registry', 'create_job', { pipeline: 'twice', job_id: 'job-twice' });
    expect(again.errors).toEqual(['Job already exists: job-twice']);
    expect((await addStep('step-lost', 'job-none')).errors).toEqual(['Job not found: job-none']);
  });

  it('takes a Result that has overtaken its add_step once the step is there', async () => {
    const result = Result.success({ correlation_id: 'early', step_id: 'step-late' });
    const { topicPrefix } = service.settings.messaging;
    await outside.send(`${topicPrefix}results-queue`, JSON.stringify(result));
    const { data } = await send('registry', 'create_job', { pipeline: 'late' });
    await addStep('step-late', String(data?.['job_id']));
    expect(await stepOnce('step-late', 'success')).toMatchObject({ step_id: 'step-late' });
  });
});
