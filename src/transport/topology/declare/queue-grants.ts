import { accountOf, partitionOf } from '../../../common/arn.js';
import { SIDS, type Grant } from './queue-policy.js';
import type {
  BucketDeclaration,
  QueueDeclaration,
  SenderDeclaration,
  Topology,
} from './topology.js';

/** How what a policy names is written: as ARNs, or as a template refers to them. */
export interface References<Reference> {
  readonly topic: (name: string) => Reference;
  readonly bucket: (name: string) => Reference;
  readonly rule: (arn: string) => Reference;
  /** Of a bucket's owner; undefined: the queue's account. */
  readonly account: (id: string | undefined) => Reference;
}

/** What is to be let in to a queue, as far as the topology says: its own senders, and what others cannot deliver. */
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
            // Other topologies may send theirs here as well.
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

/** References of templates are objects, of which two that say the same are one. */
const unique = <Reference>(references: readonly Reference[]): Reference[] =>
  references.filter(
    (one, index) =>
      references.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === index,
  );

/** Of a queue that is there: its ARN names account and partition. */
export const arnReferences = (
  queueArn: string,
  topic: (name: string) => string,
): References<string> => ({
  topic,
  bucket: (name) => `arn:${partitionOf(queueArn) || 'aws'}:s3:::${name}`,
  rule: (arn) => arn,
  account: (id) => id ?? accountOf(queueArn),
});
