import { randomUUID } from 'node:crypto';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { RunningService } from '../../src/app/bootstrap.js';
import { sessionsSettings } from '../../src/features/sessions/index.js';
import { startWholeService } from '../support/service.js';
import { addressOf } from './engine.js';

/** Closing may wait for idle long polls, up to 20 s. */
export const CLOSE_TIMEOUT_MS = 60_000;

/** A poll that was just being opened is ended by the next message. */
const WAKE_INTERVAL_MS = 300;

/** The whole service as on AWS: LocalStack, MongoDB if it runs, names of its own. */
export async function startOnEngines(env: NodeJS.ProcessEnv = {}): Promise<RunningService> {
  const name = randomUUID().slice(0, 8);
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  const service = await startWholeService({
    WEFT_STACK: 'aws',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: addressOf('localstack'),
    MONGODB_URI: `${addressOf('mongo-java-server')}/weft-${name}`,
    WEFT_PROVISION: 'create',
    STORAGE_CONTAINERS: '*',
    WEFT_TOPIC_PREFIX: `t${name}-`,
    WEFT_PAYLOAD_BUCKET: `payloads-${name}`,
    SNS_TOPIC_FEEDBACK_GOOD: `good-${name}`,
    SNS_TOPIC_FEEDBACK_BAD: `bad-${name}`,
    SNS_TOPIC_FEEDBACK_NEUTRAL: `neutral-${name}`,
    SQS_METADATA_QUEUE_URL: `metadata-${name}`,
    ...env,
  });
  await service.aws.s3.send(new CreateBucketCommand({ Bucket: `payloads-${name}` }));
  return { ...service, close: () => closeAwake(service) };
}

/** Closes; each idle long poll is ended by a message, which a server that closes gives back. */
export async function closeAwake(service: RunningService): Promise<void> {
  const { sqs } = service.aws;
  const { topicPrefix } = service.settings.messaging;
  const { metadataQueueUrl } = sessionsSettings.of(service.settings);
  const found = await Promise.all(
    [topicPrefix, metadataQueueUrl].map((prefix) =>
      sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix })),
    ),
  );
  const urls = found.flatMap(({ QueueUrls = [] }) => QueueUrls);
  const waking = setInterval(() => {
    for (const QueueUrl of urls)
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' })).catch(() => undefined);
  }, WAKE_INTERVAL_MS);
  try {
    await service.close();
  } finally {
    clearInterval(waking);
  }
}
