import { accountOf, partitionOf } from '../../../common/arn.js';
import { SIDS, type Grant } from './queue-policy.js';
import type {
  BucketDeclaration,
  QueueDeclaration,
  SenderDeclaration,
  Topology,
} from './topology.js';

/** How a policy names things: by ARNs, or by references of a template. */
export interface References<Reference> {
  readonly topic: (name: string) => Reference;
  readonly bucket: (name: string) => Reference;
  readonly rule: (arn: string) => Reference;
  /** Account of a bucket's owner; undefined: the queue's account. */
  readonly account: (id: string | undefined) => Reference;
}

/** The senders that a queue's policy must allow: its own, and the topics that send undelivered messages to it. */
export function grantsOf<Reference>(
  { name, from, senders }: QueueDeclaration,
  { queues }: Topology,
  { topic, bucket, rule, account }: References<Reference>,
): Grant<Reference>[] {
  const undelivered = new Set(
    queues.flatMap(({ from: subscriptions = [], broadcast = false }) =>
      broadcast
        ? []
        : subscriptions.filter(({ deadLetter }) => deadLetter === name).map((one) => one.topic),
    ),
  );
  const buckets = (senders ?? []).filter(isBucket);
  return [
    ...(from
      ? [
          {
            sid: SIDS.topics,
            service: 'sns' as const,
            sources: from.map((one) => topic(one.topic)),
          },
        ]
      : []),
    ...(undelivered.size > 0
      ? [
          {
            sid: SIDS.undelivered,
            service: 'sns' as const,
            sources: [...undelivered].map((one) => topic(one)),
            // Other topologies may send undelivered messages here too.
            additive: true,
          },
        ]
      : []),
    ...(senders
      ? [
          {
            sid: SIDS.buckets,
            service: 's3' as const,
            sources: buckets.map((one) => bucket(one.bucket)),
            accounts: unique(buckets.map((one) => account(one.account))),
          },
          {
            sid: SIDS.rules,
            service: 'events' as const,
            sources: senders.flatMap((one) => (isBucket(one) ? [] : [rule(one.rule)])),
          },
        ]
      : []),
  ];
}

const isBucket = (sender: SenderDeclaration): sender is BucketDeclaration => 'bucket' in sender;

/** A template's references are objects; two with equal content count as one. */
const unique = <Reference>(references: readonly Reference[]): Reference[] =>
  references.filter(
    (one, index) =>
      references.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === index,
  );

/** References for an existing queue, whose ARN has account and partition. */
export const arnReferences = (
  queueArn: string,
  topic: (name: string) => string,
): References<string> => ({
  topic,
  bucket: (name) => `arn:${partitionOf(queueArn) || 'aws'}:s3:::${name}`,
  rule: (arn) => arn,
  account: (id) => id ?? accountOf(queueArn),
});
