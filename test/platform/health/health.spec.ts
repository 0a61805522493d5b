import { afterEach, describe, expect, it } from '@jest/globals';
import { DeleteQueueCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { Readiness } from '../../../src/platform/health/index.js';
import { DocumentStore } from '../../../src/platform/persistence/index.js';
import { request, startWholeService } from '../../support/service.js';
import { waitFor } from '../../support/wait.js';

let service: RunningService;
afterEach(() => service.close());

const ready = () => request(service, '/health/ready');

describe('/health/ready', () => {
  it('turns to 503 and names the queue that cannot be received from', async () => {
    service = await startWholeService({ WEFT_CONSUME: 'storage,registry' });
    expect(await ready()).toMatchObject({ status: 200, body: { status: 'ok' } });
    const { sqs } = service.aws;
    const { QueueUrl } = await sqs.send(
      new GetQueueUrlCommand({ QueueName: 'pudato-storage-queue' }),
    );
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    service.embedded?.endLongPolls();
    const answer = await waitFor('the service not to be ready', async () => {
      const now = await ready();
      return now.status === 503 && now;
    });
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      title: 'Service Unavailable',
      errors: [{ field: 'queues', message: 'pudato-storage-queue is down' }],
    });
    expect(JSON.stringify(answer.body)).not.toContain('000000000000');
    expect((await request(service, '/health/live')).status).toBe(200);
  });

  it('turns to 503 when documents cannot be read, without saying where they are', async () => {
    service = await startWholeService({ WEFT_CONSUME: 'none' });
    await service.app.get(DocumentStore).close();
    expect(await ready()).toMatchObject({
      status: 503,
      body: { errors: [{ field: 'documents', message: 'the document store does not answer' }] },
    });
  });

  it('turns to 503 when the service is closing', async () => {
    service = await startWholeService({ WEFT_CONSUME: 'none' });
    service.app.get(Readiness).close();
    expect(await ready()).toMatchObject({
      status: 503,
      body: { detail: 'The service is closing' },
    });
  });
});
