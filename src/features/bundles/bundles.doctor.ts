import { GetBucketReplicationCommand, GetBucketVersioningCommand } from '@aws-sdk/client-s3';
import { lastPart } from '../../common/resource-names.js';
import { findBucket } from '../../aws/find-bucket.js';
import { isAccessDenied, isNotFound, type AwsClients } from '../../aws/index.js';
import type { DoctorCheck, DoctorLine } from '../../platform/cli/index.js';
import { consumes } from '../../platform/config/index.js';
import { TopologyError } from '../../transport/errors/index.js';
import { bundlesSettings } from './bundles.settings.js';
import { bundlesQueueArn, notificationsOf, notifies } from './source-buckets.js';

const BUNDLES = 'Bundles';
const DISTRIBUTION = 'Distribution bucket';
const SOURCE = 'Source bucket';
const MISSING = 'does not exist';

/** Checks that bundles can be stored, and that the source buckets announce new objects to the queue. */
export const checkBundles: DoctorCheck = async ({ aws, settings }) => {
  const bundles = bundlesSettings.of(settings);
  const { distributionBucket, sourceBuckets } = bundles;
  if (distributionBucket === undefined) {
    return [ok(BUNDLES, 'none: DISTRIBUTION_BUCKET_NAME is not set')];
  }
  if (!consumes(settings, 'bundles')) {
    return [ok(BUNDLES, 'none: WEFT_CONSUME leaves them to other processes')];
  }
  if (settings.stack === 'embedded') {
    return [ok(BUNDLES, `stored in ${distributionBucket}; the embedded S3 sends no notifications`)];
  }
  const lines = [await distributionLine(aws, distributionBucket)];
  if (sourceBuckets.length === 0) {
    const detail = 'none named: every bucket that notifies the queue is bundled';
    return [...lines, ok('Source buckets', detail)];
  }
  const queue = await bundlesQueueArn(aws, bundles, 'off').catch(unlessMissing);
  for (const bucket of sourceBuckets) lines.push(await sourceLine(aws, bucket, queue));
  return lines;
};

async function distributionLine(aws: AwsClients, bucket: string): Promise<DoctorLine> {
  const found = await findBucket(aws.s3, bucket);
  if (found === 'missing') {
    const remedy = 'Create it, or correct DISTRIBUTION_BUCKET_NAME';
    return failed(DISTRIBUTION, `${bucket} ${MISSING}`, remedy);
  }
  if (found === 'denied') {
    const remedy = 'Give the role the rights of "weft topology export iam --account ID"';
    return failed(DISTRIBUTION, `${bucket} is denied to this role`, remedy);
  }
  const facts = [await versioningOf(aws, bucket), await replicationOf(aws, bucket)];
  return ok(DISTRIBUTION, [bucket, ...facts].join(', '));
}

/** @param queue the ARN of the bundler's queue; undefined if it does not exist, which another check reports. */
async function sourceLine(
  aws: AwsClients,
  bucket: string,
  queue: string | undefined,
): Promise<DoctorLine> {
  try {
    const versioning = await versioningOf(aws, bucket);
    if (queue !== undefined && notifies(await notificationsOf(aws, bucket), queue)) {
      return ok(SOURCE, `${bucket} notifies the queue, ${versioning}`);
    }
    const remedy =
      'Start once with WEFT_PROVISION=create, or point its s3:ObjectCreated:* notifications at the queue';
    return failed(SOURCE, `${bucket} does not notify the queue of new objects`, remedy);
  } catch (error) {
    if (isNotFound(error)) {
      const remedy = 'Create it, or correct BUNDLE_SOURCE_BUCKETS';
      return failed(SOURCE, `${bucket} ${MISSING}`, remedy);
    }
    if (!isAccessDenied(error)) throw error;
    const remedy = 'Give the role s3:GetBucketNotification, or look at the bucket yourself';
    return failed(SOURCE, `the notifications of ${bucket} may not be read by this role`, remedy);
  }
}

/** Without versioning, an object overwritten before it is fetched is lost. S3 only replicates versioned buckets. */
async function versioningOf({ s3 }: AwsClients, bucket: string): Promise<string> {
  return unlessDenied('whether it is versioned', async () => {
    const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket: bucket }));
    return Status === 'Enabled' ? 'versioned' : 'not versioned';
  });
}

async function replicationOf({ s3 }: AwsClients, bucket: string): Promise<string> {
  return unlessDenied('whether it is replicated', async () => {
    try {
      const { ReplicationConfiguration: { Rules: rules = [] } = {} } = await s3.send(
        new GetBucketReplicationCommand({ Bucket: bucket }),
      );
      const targets = rules.flatMap(({ Status, Destination }) =>
        Status === 'Enabled' && Destination?.Bucket ? [lastPart(Destination.Bucket)] : [],
      );
      if (targets.length > 0) return `replicated to ${targets.join(' and ')}`;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return 'not replicated';
  });
}

/** Only `weft doctor` needs these rights, so a missing one is no fault. */
async function unlessDenied(what: string, ask: () => Promise<string>): Promise<string> {
  try {
    return await ask();
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    return `${what} may not be read by this role`;
  }
}

/** Another check reports a missing queue. */
function unlessMissing(error: unknown): undefined {
  if (!(error instanceof TopologyError)) throw error;
}

const ok = (check: string, detail: string): DoctorLine => ({ check, ok: true, detail });

const failed = (check: string, detail: string, remedy: string): DoctorLine => ({
  check,
  ok: false,
  detail,
  remedy,
});
