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
  it('starts, and stores what it receives', async () => {
    expect(await request(service, '/health/ready')).toMatchObject({
      status: 200,
      body: {
        info: {
          sessions: {
            status: 'up',
            feedback_good: 'off',
            feedback_bad: 'off',
            feedback_neutral: 'off',
            metadata: 'off',
          },
        },
      },
    });
    await request(service, '/api/sessions', { body: { session_id: 's' } });
    await request(service, '/api/sessions/s/metadata', { method: 'PATCH', body: { a: 1 } });
    await request(service, '/api/sessions/s/feedback', { body: { rating: 'up' } });
    expect((await request(service, '/api/sessions/s/metadata')).body).toEqual({ a: 1 });
    expect((await request(service, '/api/sessions/s/feedback/stats')).body).toMatchObject({
      positive: 1,
    });
  });
});

describe('A feedback topic by ARN that does not exist', () => {
  it('stops the start, with the name of its setting', async () => {
    const arn = 'arn:aws:sns:us-east-1:000000000000:nowhere';
    await expect(startWholeService({ SNS_TOPIC_FEEDBACK_BAD: arn })).rejects.toThrow(
      `SNS_TOPIC_FEEDBACK_BAD names the topic ${arn}, which does not exist. Create the topic, correct the ARN, or set the variable to none.`,
    );
  });
});
