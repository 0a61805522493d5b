import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import { Event } from '../../src/protocol/index.js';
import { record, SnsSqsClient } from '../../src/transport/index.js';
import type { RunningService } from '../../src/app/bootstrap.js';
import { makeContainer, request, startWholeService } from '../support/service.js';
import { waitFor } from '../support/wait.js';

let service: RunningService;
let container: string;

beforeAll(async () => {
  service = await startWholeService();
  container = await makeContainer(service);
});
afterAll(() => service.close());

async function run(
  type: string,
  action: string,
  payload: Record<string, unknown>,
  ids: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const { status, body } = await request<{ data: Record<string, unknown>; errors: string[] }>(
    service,
    '/api/commands?wait_seconds=10',
    { body: { type, action, payload, ...ids } },
  );
  if (status !== 200 || body.data === null) throw new Error(JSON.stringify(body));
  return body.data;
}

const step = async (job_id: unknown, step_name: string): Promise<Record<string, unknown>> =>
  run('registry', 'add_step', { job_id, step_name, handler_type: 'storage', action: step_name });

const ended = (stepId: unknown): Promise<Record<string, unknown>> =>
  waitFor(`the step ${String(stepId)} to be completed`, async () => {
    const { body } = await request(service, `/api/steps/${String(stepId)}`);
    return body['completed_at'] === null ? undefined : body;
  });

describe('A step of a job', () => {
  it('is brought to its end by the Result of its Command, with its lineage', async () => {
    const { job_id } = await run('registry', 'create_job', { pipeline: 'p' });
    const { step_id } = await step(job_id, 'put_object');
    const payload = { container, path: 'a', body: 'x' };
    const { data } = { data: await run('storage', 'put_object', payload, { job_id, step_id }) };
    expect(data).toHaveProperty('etag');
    expect(await ended(step_id)).toMatchObject({
      status: 'success',
      outputs: [{ ref_type: 'file', location: `${container}/a` }],
    });
    // The edges follow the step.
    const producers = await waitFor('the producer of the object', async () => {
      const { body } = await request<{ producers: unknown[] }>(
        service,
        `/api/lineage?location=${container}/a&direction=producers`,
      );
      return body.producers.length > 0 && body.producers;
    });
    expect(producers).toMatchObject([{ job_id, step_id }]);
  });

  it('fails with the text of an error Result', async () => {
    const { job_id } = await run('registry', 'create_job', { pipeline: 'p' });
    const { step_id } = await step(job_id, 'get_object');
    await request(service, '/api/commands', {
      body: {
        type: 'storage',
        action: 'get_object',
        payload: { container, path: 'nope' },
        job_id,
        step_id,
      },
    });
    expect(await ended(step_id)).toMatchObject({
      status: 'failed',
      error: `Object not found: ${container}/nope`,
    });
  });
});

describe("The service's client", () => {
  it('keeps messages with delays that SQS cannot do, and cancels them by id', async () => {
    const client = service.app.get(SnsSqsClient);
    const message = record(new Event({ type: 'test', payload: {} }))
      .withDelay(7200)
      .withId('in-two-hours')
      .build();
    await lastValueFrom(client.emit('event.test', message), { defaultValue: undefined });
    expect({ cancelled: await client.cancelDelayed('in-two-hours') }).toEqual({ cancelled: true });
    expect({ cancelled: await client.cancelDelayed('in-two-hours') }).toEqual({ cancelled: false });
  });
});
