import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { iamDocument } from '../../src/app/iam-document.js';
import { loadServiceSettings } from '../../src/app/service-settings.js';
import { SnsSigner } from '../support/sns-signer.js';
import { makeContainer, startWholeService } from '../support/service.js';

const ARN = 'arn:aws:sns:us-east-1:000000000000:pudato-storage-commands';
const PATH = '/sns/pudato-storage-commands';
const ENV = { WEFT_API_KEYS: 'a-key-of-at-least-20-characters', WEFT_SNS_HTTP_TOPICS: ARN };
const signer = new SnsSigner('us-east-1');
const { fetch } = globalThis;
let service: RunningService;

beforeAll(async () => {
  // In place of SNS's own host, of which nothing but certificates is asked.
  globalThis.fetch = (input, init) =>
    input === signer.certificateUrl
      ? Promise.resolve(new Response(signer.certificate))
      : fetch(input, init);
  service = await startWholeService(ENV);
});
afterAll(async () => {
  globalThis.fetch = fetch;
  await service.close();
});

const post = async (message: unknown, type = 'text/plain; charset=UTF-8', path = PATH) => {
  const body = JSON.stringify(message);
  const headers = { 'content-type': type };
  const { status } = await fetch(service.url + path, { method: 'POST', headers, body });
  return status;
};

const put = (container: string, path: string, bytes: number): string =>
  JSON.stringify({
    type: 'storage',
    action: 'put_object',
    correlation_id: path,
    payload: { container, path, body: 'x'.repeat(bytes) },
  });

describe('the service behind a topic that delivers over HTTPS', () => {
  it.each(['text/plain; charset=UTF-8', 'application/json'])(
    'handles a signed Command as its queue does, without a key, sent as %s',
    async (type) => {
      const container = await makeContainer(service);
      const message = signer.notification(put(container, 'a.txt', 100_000), { TopicArn: ARN });
      expect(await post(message, type)).toBe(200);
      const stored = await service.aws.s3.send(
        new GetObjectCommand({ Bucket: container, Key: 'a.txt' }),
      );
      expect(stored.ContentLength).toBe(100_000);
    },
  );

  it('takes nothing that is not signed, and nothing elsewhere without a key', async () => {
    const container = await makeContainer(service);
    const message = signer.notification(put(container, 'a.txt', 10), { TopicArn: ARN });
    expect(await post({ ...message, Message: put(container, 'b.txt', 10) })).toBe(403);
    expect(await post(message, 'application/json', '/sns/pudato-results')).toBe(404);
    expect(await post(message, 'application/json', '/api/commands')).toBe(401);
    expect(await post('x'.repeat(3_000_000))).toBe(413);
  });
});

describe('WEFT_SNS_HTTP_TOPICS', () => {
  it('stops the start where no queue of the service has the messages of a topic', async () => {
    const topics = 'arn:aws:sns:us-east-1:000000000000:orders';
    await expect(startWholeService({ ...ENV, WEFT_SNS_HTTP_TOPICS: topics })).rejects.toThrow(
      `WEFT_SNS_HTTP_TOPICS names ${topics}, which no queue of this service is subscribed to`,
    );
  });

  it('stops the start where it is no list of ARNs of standard topics', () => {
    for (const topics of ['orders', `${ARN}.fifo`, `${ARN},x`])
      expect(() => loadServiceSettings({ WEFT_SNS_HTTP_TOPICS: topics })).toThrow(
        'WEFT_SNS_HTTP_TOPICS',
      );
  });

  it('gives the role of the service the right to confirm their subscriptions, and no more', () => {
    const { Statement: statements } = iamDocument(loadServiceSettings(ENV), '000000000000').service;
    expect(statements).toContainEqual({
      Sid: 'ConfirmSubscriptions',
      Effect: 'Allow',
      Action: ['sns:ConfirmSubscription'],
      Resource: [ARN],
    });
  });
});
