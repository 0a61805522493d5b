import { randomUUID } from 'node:crypto';
import { PutBucketNotificationConfigurationCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../../src/aws/index.js';
import { startTestBroker } from '../../../src/testing/index.js';
import { runKills } from '../../features/bundles/kills/kills.scenario.js';
import { addressOf } from '../engine.js';

const TEST_TIMEOUT_MS = 900_000;
/** LocalStack gives every notification this one; real ones differ. */
const LOCALSTACK_SEQUENCER = '0055AED6DCD90281E5';

describe('Service: a bundler that is killed ten times', () => {
  it(
    'accounts for every object that S3 itself announced',
    async () => {
      // LocalStack has no DynamoDB here, and takes any credentials.
      const embedded = await startTestBroker({ embedded: true });
      const { endpoints, credentials } = embedded.clientOptions();
      const options = {
        region: 'us-east-1',
        endpoint: addressOf('localstack'),
        endpoints: { dynamodb: endpoints?.dynamodb ?? '' },
        ...(credentials && { credentials }),
      };
      const aws = new AwsClients(options);
      try {
        const { bundles, ...wrong } = await runKills({
          aws: options,
          name: randomUUID().slice(0, 8),
          objects: 5000,
          sequencer: LOCALSTACK_SEQUENCER,
          timeoutMs: TEST_TIMEOUT_MS,
          async connect(Bucket, QueueUrl) {
            const { Attributes } = await aws.sqs.send(
              new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
            );
            const QueueArn = Attributes?.['QueueArn'];
            const own = { QueueArn, Events: ['s3:ObjectCreated:*' as const] };
            const NotificationConfiguration = { QueueConfigurations: [own] };
            await aws.s3.send(
              new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }),
            );
          },
        });
        expect(wrong).toEqual({ wrong: [], strange: [], unexplained: [], lost: [] });
        expect(bundles).toBeGreaterThan(10);
      } finally {
        aws.destroy();
        await embedded.stop();
      }
    },
    TEST_TIMEOUT_MS,
  );
});
