import { isArn } from '../../../common/arn.js';
import { isFifoName } from '../../../common/resource-names.js';
import { grantsOf, type References } from '../declare/queue-grants.js';
import { queuePolicy } from '../declare/queue-policy.js';
import { redriveAllowPolicy, redriveTo } from '../declare/queue-settings.js';
import { subscriptionAttributes } from '../declare/subscription-attributes.js';
import type { Tags, Topology } from '../declare/topology.js';
import {
  ALARM_PERIOD_S,
  alarmsOf,
  type Alarm,
  type AlarmOptions,
  type ExportOptions,
} from './alarms.js';
import {
  resourcesOf,
  topicId,
  typed,
  type QueueReference,
  type QueueResource,
  type SubscriptionResource,
  type TopicResource,
} from './resources.js';

/** Resources of one type of the AWS provider by their names. */
type Block = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A configuration; write it as JSON to a file `….tf.json`. */
export interface TerraformJson {
  /** By type, such as `aws_sqs_queue`, then by name. */
  readonly resource: Readonly<Record<string, Block>>;
  /** Data sources: account, partition and region, if a policy names them. */
  readonly data?: Readonly<Record<string, Block>>;
}

/**
 * A Terraform configuration (AWS provider 6) that creates the same as `provision: 'create'`, so that `verify` finds no
 * difference. Topics and queues of other owners are named by ARN; processes create the queues of broadcasts themselves.
 * Makes no calls.
 *
 * @throws TopologyError when `alarms.maxAgeS` is out of range.
 * @example
 * writeFileSync('topology.tf.json', JSON.stringify(terraformJson(topology), null, 2));
 * @see https://developer.hashicorp.com/terraform/language/syntax/json
 */
export function terraformJson(topology: Topology, { alarms }: ExportOptions = {}): TerraformJson {
  const { topics, queues } = resourcesOf(topology);
  const subscribed = queues.filter(({ subscriptions }) => subscriptions.length > 0);
  const policies = queues.flatMap((one) => policy(one, topology));
  const blocks: Record<string, Block> = {
    aws_sns_topic: block(topics, topic),
    aws_sqs_queue: block(queues, queue),
    aws_sqs_queue_policy: Object.fromEntries(policies),
    aws_sns_topic_subscription: Object.fromEntries(
      subscribed.flatMap((one) =>
        one.subscriptions.map((its) => [its.id, subscription(its, one)] as const),
      ),
    ),
    aws_cloudwatch_metric_alarm: alarms
      ? block(alarmsOf(topology, alarms), (one) => alarm(one, alarms))
      : {},
  };
  const resource = Object.fromEntries(
    Object.entries(blocks).filter(([, resources]) => Object.keys(resources).length > 0),
  );
  const used = DATA.filter((type) => JSON.stringify(resource).includes(`data.${type}.`));
  return {
    resource,
    ...(used.length > 0 && {
      data: Object.fromEntries(used.map((type) => [type, { current: {} }])),
    }),
  };
}

const DATA = ['aws_caller_identity', 'aws_partition', 'aws_region'] as const;
const ACCOUNT = '${data.aws_caller_identity.current.account_id}';
const PARTITION = '${data.aws_partition.current.partition}';
const REGION = '${data.aws_region.current.region}';

const block = <Resource extends { readonly id: string }>(
  resources: readonly Resource[],
  write: (resource: Resource) => Readonly<Record<string, unknown>>,
): Block => Object.fromEntries(resources.map((one) => [one.id, write(one)]));

/** Escapes `${` and `%{`, because Terraform reads every text as a template. */
const literal = (text: string): string => text.replaceAll(/[$%](?=\{)/g, '$&$&');

const refer = (type: string, id: string, attribute: string): string =>
  `\${${type}.${id}.${attribute}}`;
const queueArn = (id: string): string => refer('aws_sqs_queue', id, 'arn');
const arnOf = (one: QueueReference): string => ('id' in one ? queueArn(one.id) : one.arn);

/** By name: two queues that referred to each other's resources would wait for each other. */
const namedQueueArn = (name: string): string =>
  isArn(name) ? name : `arn:${PARTITION}:sqs:${REGION}:${ACCOUNT}:${name}`;

const REFERENCES: References<string> = {
  topic: (name) => (isArn(name) ? name : refer('aws_sns_topic', topicId(name), 'arn')),
  bucket: (name) => `arn:${PARTITION}:s3:::${name}`,
  rule: (arn) => arn,
  account: (id) => id ?? ACCOUNT,
};

const topic = ({ name, tags, kmsKeyId, highThroughput }: TopicResource) => ({
  name,
  ...(isFifoName(name) && { fifo_topic: true }),
  ...(kmsKeyId !== undefined && { kms_master_key_id: literal(kmsKeyId) }),
  ...(highThroughput !== undefined && {
    fifo_throughput_scope: highThroughput ? 'MessageGroup' : 'Topic',
  }),
  ...tagArgument(tags),
});

/** The provider's names of attributes. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  VisibilityTimeout: 'visibility_timeout_seconds',
  MessageRetentionPeriod: 'message_retention_seconds',
  ReceiveMessageWaitTimeSeconds: 'receive_wait_time_seconds',
  FifoQueue: 'fifo_queue',
  MaximumMessageSize: 'max_message_size',
  DeduplicationScope: 'deduplication_scope',
  FifoThroughputLimit: 'fifo_throughput_limit',
  SqsManagedSseEnabled: 'sqs_managed_sse_enabled',
  KmsMasterKeyId: 'kms_master_key_id',
  KmsDataKeyReusePeriodSeconds: 'kms_data_key_reuse_period_seconds',
};

function queue({ name, attributes, redrive, declaration, tags }: QueueResource) {
  const byKms = attributes.KmsMasterKeyId !== undefined;
  return {
    name,
    ...Object.fromEntries(
      Object.entries(attributes)
        // The provider accepts only one kind of encryption, even if the other is off.
        .filter(([key]) => !(byKms && key === 'SqsManagedSseEnabled'))
        .map(([key, value]) => [ARGUMENTS[key], typed(key, literal(value))]),
    ),
    ...(redrive && {
      redrive_policy: JSON.stringify(redriveTo(redrive.declaration, arnOf(redrive.deadLetter))),
    }),
    ...(declaration?.redriveAllow !== undefined && {
      redrive_allow_policy: JSON.stringify(redriveAllowPolicy(declaration, namedQueueArn)),
    }),
    ...tagArgument(tags),
  };
}

function policy(
  { id, policyId, declaration }: QueueResource,
  topology: Topology,
): [id: string, resource: Readonly<Record<string, unknown>>][] {
  const grants = declaration ? grantsOf(declaration, topology, REFERENCES) : [];
  const document = queuePolicy(queueArn(id), grants);
  if (document.Statement.length === 0) return [];
  const resource = {
    queue_url: refer('aws_sqs_queue', id, 'url'),
    policy: JSON.stringify(document),
  };
  return [[policyId, resource]];
}

function subscription(one: SubscriptionResource, { id, policyId }: QueueResource) {
  const {
    RawMessageDelivery: raw = 'true',
    FilterPolicy: filter,
    FilterPolicyScope: scope,
  } = subscriptionAttributes(one.declared);
  return {
    topic_arn: topicArn(one),
    ...('region' in one.topic && { region: one.topic.region }),
    protocol: 'sqs',
    endpoint: queueArn(id),
    raw_message_delivery: raw === 'true',
    ...(filter !== undefined && { filter_policy: literal(filter) }),
    ...(scope !== undefined && { filter_policy_scope: scope }),
    ...(one.deadLetter && {
      redrive_policy: JSON.stringify({ deadLetterTargetArn: arnOf(one.deadLetter) }),
    }),
    // A message sent before the policy allows SNS would be lost.
    depends_on: [`aws_sqs_queue_policy.${policyId}`],
  };
}

const topicArn = ({ topic: of }: SubscriptionResource): string =>
  'id' in of ? refer('aws_sns_topic', of.id, 'arn') : of.arn;

const alarm = (
  { queueId, name, description, metric, threshold }: Alarm,
  { actions = [] }: AlarmOptions,
) => ({
  alarm_name: name,
  alarm_description: description,
  namespace: 'AWS/SQS',
  metric_name: metric,
  dimensions: { QueueName: refer('aws_sqs_queue', queueId, 'name') },
  statistic: 'Maximum',
  period: ALARM_PERIOD_S,
  evaluation_periods: 1,
  comparison_operator: 'GreaterThanThreshold',
  threshold,
  // A queue without use for six hours reports no metrics.
  treat_missing_data: 'notBreaching',
  ...(actions.length > 0 && { alarm_actions: actions.map(literal) }),
});

const tagArgument = (tags: Tags) => {
  const entries = Object.entries(tags).map(([key, value]) => [literal(key), literal(value)]);
  return entries.length > 0 && { tags: Object.fromEntries(entries) as Tags };
};
