import { isArn } from '../../../common/arn.js';
import { isForeign } from '../../../common/resource-names.js';
import { queuesToMake } from '../declare/queue-settings.js';
import type { QueueDeclaration, TopicDeclaration, Topology } from '../declare/topology.js';
import type { Arns } from './iam-arns.js';
import { allow, ANY, type IamStatement } from './iam-policy.js';

/** Rights for the start of every process, which finds the whole topology and compares it. */
export function lookStatements({ topics, queues, routes }: Topology, arns: Arns): IamStatement[] {
  const own = topics.filter(({ name }) => !isArn(name));
  const made = queuesToMake(queues);
  const routed = new Set(routes.flatMap((route) => ('topic' in route ? [route.topic] : [])));
  const subscribing = queues.filter(({ from, broadcast }) => from !== undefined && !broadcast);
  const topicArn = ({ name }: { readonly name: string }): string => arns.topic(name);
  const queueArn = ({ name }: { readonly name: string }): string => arns.queue(name);
  return [
    ...allow(
      'Find',
      [
        ...(own.length > 0 ? ['sns:ListTopics'] : []),
        ...(subscribing.length > 0
          ? ['sns:ListSubscriptions', 'sns:GetSubscriptionAttributes']
          : []),
      ],
      ANY,
    ),
    // Declared topics too: a queue may have been subscribed to them once.
    ...allow(
      'CompareSubscriptions',
      ['sns:ListSubscriptionsByTopic'],
      subscribing.length > 0 ? [...own.map(topicArn), ...subscribedTopics(subscribing, arns)] : [],
    ),
    // The size limit of a topic is read if messages are sent to it.
    ...allow(
      'CompareTopics',
      ['sns:GetTopicAttributes'],
      topics.filter((topic) => routed.has(topic.name) || isCompared(topic)).map(topicArn),
    ),
    ...allow(
      'CompareTopicTags',
      ['sns:ListTagsForResource'],
      own.filter(({ tags = {} }) => Object.keys(tags).length > 0).map(topicArn),
    ),
    ...allow(
      'CompareQueues',
      ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
      [...made, ...queues.filter(({ name }) => isForeign(name))].map(queueArn),
    ),
    ...allow(
      'CompareQueueTags',
      ['sqs:ListQueueTags'],
      made.filter(({ tags }) => Object.keys(tags).length > 0).map(queueArn),
    ),
  ];
}

/** Further rights for `create`. */
export function makeStatements({ topics, queues }: Topology, arns: Arns): IamStatement[] {
  const own = topics.filter(({ name }) => !isArn(name));
  const subscribing = queues.filter(({ from, broadcast }) => from !== undefined && !broadcast);
  return [
    ...allow(
      'MakeQueues',
      ['sqs:CreateQueue', 'sqs:SetQueueAttributes', 'sqs:TagQueue'],
      queuesToMake(queues).map(({ name }) => arns.queue(name)),
    ),
    ...allow(
      'MakeTopics',
      ['sns:CreateTopic', 'sns:SetTopicAttributes', 'sns:TagResource'],
      own.map(({ name }) => arns.topic(name)),
    ),
    ...allow(
      'Subscribe',
      ['sns:Subscribe'],
      subscribedTopics(subscribing, arns),
      onlyQueues(subscribing.map(({ name }) => arns.queue(name))),
    ),
    ...allow(
      'ChangeSubscriptions',
      ['sns:SetSubscriptionAttributes', 'sns:Unsubscribe'],
      subscribing.length > 0 ? ANY : [],
    ),
  ];
}

/** Whether settings of a topic are declared. */
const isCompared = ({ encryption, maxMessageBytes, highThroughput }: TopicDeclaration): boolean =>
  [encryption, maxMessageBytes, highThroughput].some((setting) => setting !== undefined);

/** Restricts subscriptions to these queues: no e-mail address, URL or foreign queue. */
export const onlyQueues = (queueArns: readonly string[]): IamStatement['Condition'] => ({
  StringEquals: { 'sns:Protocol': ['sqs'] },
  StringLike: { 'sns:Endpoint': [...new Set(queueArns)] },
});

/** ARNs of the topics that queues subscribe to. */
export const subscribedTopics = (queues: readonly QueueDeclaration[], arns: Arns): string[] =>
  queues.flatMap(({ from = [] }) => from.map(({ topic }) => arns.topic(topic)));
