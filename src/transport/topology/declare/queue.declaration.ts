import type { MessageDecoder } from '../../codec/message.codec.js';
import type { RetryOptions } from '../../retry.options.js';
import type { SnsSignatures } from '../../signatures/sns-signatures.js';
import type { QueueEncryption, Tags } from './topic.declaration.js';

/**
 * A queue's subscription to a topic. Options left out are neither compared nor changed.
 *
 * @example
 * from: [{ topic: 'orders', filterPolicy: { pattern: [{ prefix: 'order.' }] } }]
 */
export interface SubscriptionDeclaration {
  /** Name or ARN of the topic. */
  readonly topic: string;
  /** Raw message delivery: the queue gets what the publisher wrote, attributes included. @defaultValue as the subscription has it; true for one that Weft makes */
  readonly raw?: boolean;
  /**
   * The messages that SNS delivers, chosen by attributes or by the body. `{}`: all.
   *
   * @defaultValue as the subscription has it; everything for one that Weft makes
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
   */
  readonly filterPolicy?: Readonly<Record<string, unknown>>;
  /**
   * What the policy is applied to. `MessageBody` needs bodies in JSON; an offloaded body matches no such policy.
   *
   * @defaultValue 'MessageAttributes'
   */
  readonly filterPolicyScope?: FilterPolicyScope;
  /**
   * Name of a declared queue, or ARN of any, for messages that SNS cannot deliver to this queue, such as while it is
   * deleted or its policy is wrong. For messages that cannot be handled, see `deadLetter` of the queue. `false`: none.
   *
   * @defaultValue as the subscription has it
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
   */
  readonly deadLetter?: string | false;
}

/** What a filter policy is applied to. */
export type FilterPolicyScope = 'MessageAttributes' | 'MessageBody';

/**
 * An AWS service that sends to a queue: notifications of a bucket, or a rule of EventBridge. Weft lets it in through
 * the queue's policy; the bucket's notifications and the rule's target must be configured with the bucket and the rule.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
 */
export type SenderDeclaration = BucketDeclaration | RuleDeclaration;

/** A bucket that sends notifications to a queue. */
export interface BucketDeclaration {
  /** Its name. */
  readonly bucket: string;
  /** Account of the bucket's owner: twelve digits. @defaultValue the account of the queue */
  readonly account?: string;
}

/** A rule of EventBridge with a queue as its target. */
export interface RuleDeclaration {
  /** Its ARN. */
  readonly rule: string;
}

/**
 * How SNS envelopes around messages are read.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
export interface EnvelopeDeclaration {
  /**
   * ARNs of further topics, besides those of `from`, whose envelopes are trusted, such as a topic whose notifications
   * are republished to a topic of `from`. @defaultValue none
   */
  readonly topics?: readonly string[];
  /** Maximum number of nested envelopes that are removed, 1 to 5. @defaultValue 1; 2 with `topics` */
  readonly depth?: number;
  /**
   * Checks the signature of each envelope, and that its topic is one of `from` or `topics`. A message without an
   * envelope is dead-lettered, so subscriptions need `raw: false`. @defaultValue none: every sender of the queue can
   * write envelopes
   */
  readonly signatures?: SnsSignatures;
  /**
   * With `signatures`: whether attributes of messages are read. SNS does not sign them, so a signed message can be sent
   * again with other attributes. If false, all are dropped except `Content-Encoding` and the trace context.
   * @defaultValue false
   */
  readonly trustAttributes?: boolean;
}

/**
 * The dead-letter queue, for messages that cannot be handled. Options left out are those of the queue's redrive policy.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
export interface DeadLetterDeclaration {
  /**
   * Name of the dead-letter queue, which several queues may share. Its own settings are not changed; declare it as a
   * queue to set them.
   *
   * @defaultValue as the queue has it; else `<queue>-dlq`, or `<queue>-dlq.fifo` for a FIFO queue
   */
  readonly name?: string;
  /**
   * Receives before SQS itself moves the message, 1 to 1 000. Raise it if a dependency of the handler is often down for
   * longer than all tries take.
   *
   * @defaultValue as the queue has it; else 5
   */
  readonly maxReceiveCount?: number;
}

/**
 * What a failed message does to its FIFO group. `block`: it is released together with its followers. `hold`: this
 * process keeps its lease and retries it, and dead-letters it after as many tries as SQS would have made. `skip`: it is
 * dead-lettered at once and the group goes on.
 */
export type FifoFailurePolicy = 'block' | 'hold' | 'skip';

/**
 * An SQS queue, by name (created by `provision: 'create'`), or by URL or ARN (another owner's, of any account in this
 * region: received from and sent to, never created or changed). Options left out keep the queue's own values: they are
 * never compared or changed. The defaults named here are those of queues that Weft creates.
 */
export interface QueueDeclaration {
  /** 1 to 80 letters, digits, `-` and `_`, FIFO queues with `.fifo` at the end; or a URL or an ARN. */
  readonly name: string;
  /**
   * Patterns this queue carries: exact, or with a trailing `*`. Empty: other programs receive from the queue.
   */
  readonly patterns: readonly string[];
  /**
   * Every topic it is subscribed to. A subscription that Weft made and that is missing here is removed.
   *
   * @defaultValue none: the queue's subscriptions are neither checked nor changed
   */
  readonly from?: readonly SubscriptionDeclaration[];
  /**
   * Every process gets every event: each has its own queue on the topics of `from`, created at its start, whatever
   * `provision` says, and deleted at its end. `name` is the prefix of the queues' names.
   * @defaultValue false
   */
  readonly broadcast?: boolean;
  /** How bodies are read. @defaultValue nativeCodec */
  readonly codec?: MessageDecoder;
  /** How envelopes of SNS are read. @defaultValue one, of a topic of `from`, whose signature is not checked */
  readonly envelope?: EnvelopeDeclaration;
  /**
   * Pattern of the handler for messages that no other handler of this queue takes, and for JSON that names no pattern.
   *
   * @defaultValue none: they are dead-lettered
   */
  readonly fallback?: string;
  /**
   * Seconds a received message is invisible, 1 to 43 200; renewed while its handler runs. Each receive requests it,
   * whatever the queue's own setting. Raise it if the event loop can be blocked for long, because nothing is renewed
   * meanwhile; lower it to get the messages of a crashed process sooner.
   *
   * @defaultValue as the queue has it; 30 for a queue that Weft creates or that is set to 0
   */
  readonly visibilityTimeoutS?: number;
  /** Seconds a message is kept, 60 to 1 209 600. @defaultValue as the queue has it; 345 600 (4 days) for one that Weft makes, 1 800 for a broadcast */
  readonly retentionS?: number;
  /**
   * Milliseconds a handler of this queue may run, unless its decorator says otherwise, 1 to 43 200 000; then its
   * message has failed and is retried. @defaultValue none: only the server's `maxLeaseMs` limits it
   */
  readonly timeoutMs?: number;
  /** Back-off of its failed messages, unless a handler's decorator says otherwise. @defaultValue the server's `retry` */
  readonly retry?: RetryOptions;
  /** Messages in flight in this process, 1 to 120 000: fewer for a queue whose handlers are heavy. @defaultValue the server's `concurrency` */
  readonly concurrency?: number;
  /** Only checked against the name. @defaultValue whether the name ends in `.fifo` */
  readonly fifo?: boolean;
  /** `false`: its handlers run at every delivery, even if the server has an idempotency store. @defaultValue true */
  readonly idempotent?: boolean;
  /** FIFO queues only. `skip` needs a dead-letter queue. @defaultValue 'block' */
  readonly onFailure?: FifoFailurePolicy;
  /**
   * The dead-letter queue; `false` for none.
   *
   * @defaultValue as the queue has it; a queue that Weft creates gets its own, with 5 receives and 14 days; a broadcast
   * gets none, and messages that can never be handled are discarded
   */
  readonly deadLetter?: false | DeadLetterDeclaration;
  /**
   * Tags of the queue and of its dead-letter queue (unless that is named), added to existing tags.
   *
   * @defaultValue as the queue has it
   */
  readonly tags?: Tags;
  /**
   * Encryption of the queue and of its dead-letter queue, unless that is named.
   *
   * @defaultValue as the queue has it; SQS encrypts a new one with its own keys
   */
  readonly encryption?: QueueEncryption;
  /** Maximum bytes of a message, 1 024 to 1 048 576. @defaultValue as the queue has it; SQS's own is 1 048 576 */
  readonly maxMessageBytes?: number;
  /**
   * FIFO queues only: `true` for high throughput: the limits apply to each message group, and a deduplication id is
   * known only within its group.
   *
   * @defaultValue as the queue has it; SQS's own is false
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
   */
  readonly highThroughput?: boolean;
  /**
   * The queues that may use this one as their dead-letter queue: `any`, `none`, or up to ten of this account by name or
   * ARN.
   *
   * @defaultValue as the queue has it; SQS's own is any
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
   */
  readonly redriveAllow?: 'any' | 'none' | readonly string[];
  /**
   * Every bucket and rule that sends to it. One that Weft once allowed and that is missing here is no longer allowed.
   *
   * @defaultValue as the queue has it
   */
  readonly senders?: readonly SenderDeclaration[];
}
