import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  type QueueConfiguration,
} from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';
import type { AwsClients } from '../../aws/index.js';
import type { Settings } from '../../platform/config/index.js';
import { TopologyError } from '../../transport/errors/index.js';
import { bindTopology } from '../../transport/topology/index.js';
import type { BundlesSettings } from './bundles.settings.js';
import { bundlesTopology } from './bundles.topology.js';

/** The id of Weft's own entry among a bucket's notifications. */
const OWN_ID = 'weft-bundles';
const CREATED = 's3:ObjectCreated:*';

/**
 * Makes the source buckets notify the bundler's queue, or verifies that they do. Other notifications of a bucket are
 * left unchanged.
 *
 * @throws {TopologyError} with `verify`, naming each bucket that does not notify the queue.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications.html
 */
export async function connectSourceBuckets(
  aws: AwsClients,
  bundles: BundlesSettings,
  { messaging: { provision } }: Settings,
): Promise<void> {
  const { sourceBuckets } = bundles;
  if (provision === 'off' || sourceBuckets.length === 0) return;
  const arn = await bundlesQueueArn(aws, bundles, provision);
  const faults: string[] = [];
  for (const bucket of sourceBuckets) {
    const now = await notificationsOf(aws, bucket);
    if (notifies(now, arn)) continue;
    if (provision === 'verify')
      faults.push(`bucket ${bucket}: does not notify ${arn} of ${CREATED}`);
    else await connect(aws, bucket, now, arn);
  }
  if (faults.length === 0) return;
  throw new TopologyError(
    `The source buckets are not connected:\n  ${faults.join('\n  ')}\nStart once with WEFT_PROVISION=create, or set the notifications up by other means.`,
    { details: { faults } },
  );
}

/**
 * The ARN of the bundler's queue. With `create` the queue's policy allows S3 first, because S3 sends a test event at
 * once.
 *
 * @throws {TopologyError} when the queue does not exist, or differs with `verify`.
 */
export async function bundlesQueueArn(
  aws: AwsClients,
  bundles: BundlesSettings,
  provision: 'create' | 'verify' | 'off',
): Promise<string> {
  const bound = await bindTopology(bundlesTopology(bundles), aws, provision);
  const { url } = bound.queue(bundles.queue);
  const { Attributes } = await aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  return Attributes?.QueueArn ?? '';
}

/** The present notifications of a bucket. */
export async function notificationsOf(
  { s3 }: AwsClients,
  bucket: string,
): Promise<NotificationConfiguration> {
  const { $metadata: _answer, ...now } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket: bucket }),
  );
  return now;
}

/** Whether a bucket notifies the queue directly, or EventBridge, whose rules are not checked. */
export const notifies = (
  { QueueConfigurations: queues = [], EventBridgeConfiguration: bridge }: NotificationConfiguration,
  arn: string,
): boolean => bridge !== undefined || queues.some((one) => tellsEverything(one, arn));

const tellsEverything = ({ QueueArn, Events, Filter }: QueueConfiguration, arn: string): boolean =>
  QueueArn === arn && Events?.includes(CREATED) === true && !Filter?.Key?.FilterRules?.length;

async function connect(
  { s3 }: AwsClients,
  bucket: string,
  now: NotificationConfiguration,
  arn: string,
): Promise<void> {
  const others = (now.QueueConfigurations ?? []).filter(({ Id }) => Id !== OWN_ID);
  const own: QueueConfiguration = { Id: OWN_ID, QueueArn: arn, Events: [CREATED] };
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: { ...now, QueueConfigurations: [...others, own] },
    }),
  );
  new Logger('Bundles').log(
    { bucket, queue: arn },
    'Notifications of a bucket pointed at the queue',
  );
}
