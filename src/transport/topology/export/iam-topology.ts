import { isArn } from '../../../common/arn.js';
import { isForeign } from '../declare/names.js';
import { queuesToMake } from '../declare/queue-settings.js';
import type { QueueDeclaration, TopicDeclaration, Topology } from '../declare/topology.js';
import type { Arns } from './iam-arns.js';
import { allow, ANY, type IamStatement } from './iam-policy.js';

/** What every process does at its start: it finds the whole topology, and compares it. */
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
    // Of declared topics as well: a queue may have been subscribed to them once.
    ...allow(
      'CompareSubscriptions',
      ['sns:ListSubscriptionsByTopic'],
      subscribing.length > 0 ? [...own.map(topicArn), ...subscribedTopics(subscribing, arns)] : [],
    ),
    // What a topic takes is asked of those that are sent to.
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

/** What `create` does besides. */
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

/** Settings of a topic that are declared. */
const isCompared = ({ encryption, maxMessageBytes, highThroughput }: TopicDeclaration): boolean =>
  [encryption, maxMessageBytes, highThroughput].some((setting) => setting !== undefined);

/** To nothing but these queues: neither an address nor somebody else's queue. */
export const onlyQueues = (queueArns: readonly string[]): IamStatement['Condition'] => ({
  StringEquals: { 'sns:Protocol': ['sqs'] },
  StringLike: { 'sns:Endpoint': [...new Set(queueArns)] },
});

/** ARNs of the topics that queues subscribe to. */
export const subscribedTopics = (queues: readonly QueueDeclaration[], arns: Arns): string[] =>
  queues.flatMap(({ from = [] }) => from.map(({ topic }) => arns.topic(topic)));
