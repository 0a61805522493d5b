import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { request, startWholeService } from '../support/service.js';

let service: RunningService;

beforeAll(async () => {
  // As on AWS, where no name is given.
  service = await startWholeService({
    SNS_TOPIC_FEEDBACK_GOOD: 'none',
    SNS_TOPIC_FEEDBACK_BAD: 'none',
    SNS_TOPIC_FEEDBACK_NEUTRAL: 'none',
    SQS_METADATA_QUEUE_URL: 'none',
  });
});
afterAll(() => service.close());

describe('The service without topics and queue of sessions', () => {
  it('starts, and keeps what it is told', async () => {
    expect(await request(service, '/health/ready')).toMatchObject({ status: 200 });
    await request(service, '/api/sessions', { body: { session_id: 's' } });
    await request(service, '/api/sessions/s/metadata', { method: 'PATCH', body: { a: 1 } });
    await request(service, '/api/sessions/s/feedback', { body: { rating: 'up' } });
    expect((await request(service, '/api/sessions/s/metadata')).body).toEqual({ a: 1 });
    expect((await request(service, '/api/sessions/s/feedback/stats')).body).toMatchObject({
      positive: 1,
    });
  });
});
