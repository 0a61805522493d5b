import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { Result, type Command, type JsonObject } from '../../src/protocol/index.js';
import {
  makeContainer,
  OutsideWorld,
  producersOf,
  request,
  resultOf,
  startWholeService,
  type Listener,
} from '../support/service.js';
import { waitFor } from '../support/wait.js';

let service: RunningService;
let outside: OutsideWorld;
let events: Listener;

beforeAll(async () => {
  service = await startWholeService();
  outside = new OutsideWorld(service);
  events = await outside.listenTo('pudato-events');
});
afterAll(() => service.close());

const send = (
  type: string,
  action: string,
  payload: JsonObject,
  ids: Partial<Pick<Command, 'job_id' | 'step_id'>> = {},
): Promise<Result> => resultOf(service, { type, action, payload, ...ids });

const refused = async (action: string, payload: JsonObject) => {
  const { status, errors } = await send('registry', action, payload);
  return [status, ...errors];
};

const addStep = async (step_id: string, job_id: string): Promise<Result> =>
  send('registry', 'add_step', {
    job_id,
    step_id,
    step_name: 'load',
    handler_type: 'storage',
    action: 'put_object',
  });

const stepOnce = (step_id: string, status: string): Promise<JsonObject> =>
  waitFor(`${step_id} to be ${status}`, async () => {
    const { body } = await request(service, `/api/steps/${step_id}`);
    return body['status'] === status ? body : undefined;
  });

describe('the registry, end to end', () => {
  it('follows a storage Command from its job to its lineage', async () => {
    const container = await makeContainer(service);
    const job = await send('registry', 'create_job', { pipeline: 'files' });
    const job_id = String(job.data?.['job_id']);
    await addStep('step-1', job_id);
    await send(
      'storage',
      'put_object',
      { container, path: 'a.txt', body: 'hello' },
      { job_id, step_id: 'step-1' },
    );
    const step = await stepOnce('step-1', 'success');
    expect(step).toMatchObject({ job_id, outputs: [{ location: `${container}/a.txt` }] });

    const { data } = await send('registry', 'update_job', { job_id, status: 'success' });
    expect(data).toEqual({ job_id, status: 'success', updated: true });
    const event = await events.next(({ body }) => body['type'] === 'registry.job_completed');
    expect(event.body).toMatchObject({
      source: 'registry-handler',
      payload: { job_id, status: 'success' },
    });

    const producers = await producersOf(service, `${container}/a.txt`);
    expect(producers).toMatchObject([{ job_id, step_id: 'step-1' }]);
  });

  it('answers what it refuses with an error Result of the exact text', async () => {
    expect(await refused('create_job', {})).toEqual(['error', 'Missing required field: pipeline']);
    expect(await refused('update_job', { job_id: 'none', status: 'success' })).toEqual([
      'error',
      'Job not found: none',
    ]);
    expect(await refused('update_step', { step_id: 'none' })).toEqual([
      'error',
      'Step not found: none',
    ]);
    expect(await refused('drop_everything', {})).toEqual([
      'error',
      'Unsupported action: drop_everything',
    ]);
  });

  it('takes a Result that has overtaken its add_step once the step is there', async () => {
    const result = Result.success({ correlation_id: 'early', step_id: 'step-late' });
    await outside.send('pudato-results-queue', JSON.stringify(result));
    const { data } = await send('registry', 'create_job', { pipeline: 'late' });
    await addStep('step-late', String(data?.['job_id']));
    expect(await stepOnce('step-late', 'success')).toMatchObject({ step_id: 'step-late' });
  });

  it('dead-letters what is no Result, and handles the next', async () => {
    const dead = await outside.watch('pudato-results-queue-dlq');
    const wrong = JSON.stringify({ status: 'done', correlation_id: 'wrong' });
    await outside.send('pudato-results-queue', wrong);
    const { text } = await dead.next();
    expect(text).toBe(wrong);
  });
});
