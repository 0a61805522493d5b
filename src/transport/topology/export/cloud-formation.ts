import { isArn } from '../../../common/arn.js';
import { grantsOf, type References } from '../declare/queue-grants.js';
import { queuePolicy } from '../declare/queue-policy.js';
import { redriveAllowPolicy, redriveTo } from '../declare/queue-settings.js';
import { isFifoName } from '../../../common/resource-names.js';
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

/**
 * One resource of a template.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
 */
export interface CloudFormationResource {
  readonly Type: string;
  readonly DependsOn?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/**
 * A template; write it as JSON.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
 */
export interface CloudFormationTemplate {
  readonly AWSTemplateFormatVersion: '2010-09-09';
  readonly Resources: Readonly<Record<string, CloudFormationResource>>;
}

/**
 * A CloudFormation template that creates the same as `provision: 'create'`, so that `verify` finds no difference.
 * Topics and queues of other owners are named by ARN; processes create the queues of broadcasts themselves. Makes no
 * calls.
 *
 * @throws TopologyError when `alarms.maxAgeS` is out of range.
 * @example
 * writeFileSync('topology.json', JSON.stringify(cloudFormation(topology, { alarms: {} }), null, 2));
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SQS.html
 */
export function cloudFormation(
  topology: Topology,
  { alarms }: ExportOptions = {},
): CloudFormationTemplate {
  const { topics, queues } = resourcesOf(topology);
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: Object.fromEntries([
      ...topics.map(topicEntry),
      ...queues.map(queueEntry),
      ...queues.flatMap((queue) => deliveryEntries(queue, topology)),
      ...(alarms ? alarmsOf(topology, alarms).map((alarm) => alarmEntry(alarm, alarms)) : []),
    ]),
  };
}

type Entry = readonly [id: string, resource: CloudFormationResource];

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const queueArn = (queue: QueueReference): unknown => ('id' in queue ? arnOf(queue.id) : queue.arn);

/** By name: two queues that referred to each other's resources would wait for each other. */
const namedQueueArn = (name: string): unknown =>
  isArn(name)
    ? name
    : { 'Fn::Sub': `arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:${name}` };

const REFERENCES: References<unknown> = {
  topic: (name) => (isArn(name) ? name : { Ref: topicId(name) }),
  bucket: (name) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:s3:::${name}` }),
  rule: (arn) => arn,
  account: (id) => id ?? { Ref: 'AWS::AccountId' },
};

const topicEntry = ({ id, name, tags, kmsKeyId, highThroughput }: TopicResource): Entry => [
  id,
  {
    Type: 'AWS::SNS::Topic',
    Properties: {
      TopicName: name,
      ...(isFifoName(name) && { FifoTopic: true }),
      ...(kmsKeyId !== undefined && { KmsMasterKeyId: kmsKeyId }),
      ...(highThroughput !== undefined && {
        FifoThroughputScope: highThroughput ? 'MessageGroup' : 'Topic',
      }),
      ...tagProperty(tags),
    },
  },
];

const queueEntry = ({ id, name, attributes, redrive, declaration, tags }: QueueResource): Entry => [
  id,
  {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: name,
      ...Object.fromEntries(
        Object.entries(attributes).map(([key, value]) => [key, typed(key, value)]),
      ),
      ...(redrive && {
        RedrivePolicy: redriveTo(redrive.declaration, queueArn(redrive.deadLetter)),
      }),
      ...(declaration?.redriveAllow !== undefined && {
        RedriveAllowPolicy: redriveAllowPolicy(declaration, namedQueueArn),
      }),
      ...tagProperty(tags),
    },
  },
];

/**
 * The queue's policy, and its subscriptions, which depend on it: a message sent before the policy exists would be lost.
 */
function deliveryEntries(
  { id, policyId, subscriptions, declaration }: QueueResource,
  topology: Topology,
): Entry[] {
  const grants = declaration ? grantsOf(declaration, topology, REFERENCES) : [];
  const document = queuePolicy<unknown>(arnOf(id), grants);
  if (document.Statement.length === 0) return [];
  const policy = {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: id }],
      PolicyDocument: document,
    },
  };
  return [
    [policyId, policy],
    ...subscriptions.map((one): Entry => [one.id, subscription(one, id, policyId)]),
  ];
}

function subscription(
  { topic, declared, deadLetter, ...rest }: SubscriptionResource,
  queue: string,
  policyId: string,
): CloudFormationResource {
  const {
    RawMessageDelivery: raw = 'true',
    FilterPolicy: filter,
    ...attributes
  } = subscriptionAttributes(declared);
  return {
    Type: 'AWS::SNS::Subscription',
    DependsOn: policyId,
    Properties: {
      TopicArn: topicArn({ topic, declared, ...rest }),
      ...('region' in topic && { Region: topic.region }),
      Protocol: 'sqs',
      Endpoint: arnOf(queue),
      RawMessageDelivery: raw === 'true',
      ...(filter !== undefined && { FilterPolicy: JSON.parse(filter) as unknown }),
      ...attributes,
      ...(deadLetter && { RedrivePolicy: { deadLetterTargetArn: queueArn(deadLetter) } }),
    },
  };
}

const topicArn = ({ topic }: SubscriptionResource): unknown =>
  'id' in topic ? { Ref: topic.id } : topic.arn;

const alarmEntry = (
  { id, queueId, name, description, metric, threshold }: Alarm,
  { actions = [] }: AlarmOptions,
): Entry => [
  id,
  {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: name,
      AlarmDescription: description,
      Namespace: 'AWS/SQS',
      MetricName: metric,
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queueId, 'QueueName'] } }],
      Statistic: 'Maximum',
      Period: ALARM_PERIOD_S,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: threshold,
      // A queue without use for six hours reports no metrics.
      TreatMissingData: 'notBreaching',
      ...(actions.length > 0 && { AlarmActions: actions }),
    },
  },
];

const tagProperty = (tags: Tags) => {
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return list.length > 0 && { Tags: list };
};
