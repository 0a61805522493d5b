import type { MessageDecoder } from '../../codec/message.codec.js';
import type { RetryOptions } from '../../retry.options.js';
import type { SnsSignatures } from '../../signatures/sns-signatures.js';
import type { QueueEncryption, Tags } from './topic.declaration.js';

/**
 * A queue's subscription to a topic. What is left out is as the subscription has it.
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
   * What SNS lets through, by attributes or by the body. `{}`: everything.
   *
   * @defaultValue as the subscription has it; everything for one that Weft makes
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
   */
  readonly filterPolicy?: Readonly<Record<string, unknown>>;
  /**
   * What the policy looks at. `MessageBody` needs bodies in JSON; one that was too large and went to the payload
   * bucket fits no such policy.
   *
   * @defaultValue 'MessageAttributes'
   */
  readonly filterPolicyScope?: FilterPolicyScope;
  /**
   * Name of a declared queue, or ARN of any, for what SNS cannot deliver to this queue, such as while it is deleted or its
   * policy is broken. Not for what cannot be handled, see `deadLetter` of the queue. `false`: none.
   *
   * @defaultValue as the subscription has it
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
   */
  readonly deadLetter?: string | false;
}

/** What a filter policy looks at. */
export type FilterPolicyScope = 'MessageAttributes' | 'MessageBody';

/**
 * A service of AWS that sends to a queue by itself: notifications of a bucket, or a rule of EventBridge. The queue's
 * policy lets it in; the bucket's notifications and the rule's target are set where bucket and rule are.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
 */
export type SenderDeclaration = BucketDeclaration | RuleDeclaration;

/** A bucket whose notifications come to a queue. */
export interface BucketDeclaration {
  /** Its name. */
  readonly bucket: string;
  /** Twelve digits: whose bucket it is. @defaultValue the account of the queue */
  readonly account?: string;
}

/** A rule of EventBridge whose target a queue is. */
export interface RuleDeclaration {
  /** Its ARN. */
  readonly rule: string;
}

/**
 * How the envelopes are read that SNS puts around messages.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
export interface EnvelopeDeclaration {
  /**
   * ARNs of topics beside those of `from` whose envelopes are believed, such as of one whose notifications somebody
   * publishes again to a topic of `from`. @defaultValue none
   */
  readonly topics?: readonly string[];
  /** Envelopes within one another that are undone, 1 to 5. @defaultValue 1; 2 with `topics` */
  readonly depth?: number;
  /**
   * Checks the signature of each envelope, and that its topic is one of `from` or `topics`. A message without is dead-lettered,
   * so that subscriptions need `raw: false`. @defaultValue none: anybody who may send to the queue may write envelopes
   */
  readonly signatures?: SnsSignatures;
  /**
   * With `signatures`: attributes of messages are read, though SNS signs none, and whoever has a signed message can send it
   * again with others. Otherwise all are left out but `Content-Encoding` and those of a trace. @defaultValue false
   */
  readonly trustAttributes?: boolean;
}

/**
 * Where a queue's messages go that cannot be handled. What is left out is as the queue's redrive policy has it.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
export interface DeadLetterDeclaration {
  /**
   * Of a queue that several may share, whose own settings are left as they are; declare it as a queue to have them.
   *
   * @defaultValue as the queue has it; where it has none `<queue>-dlq`, of a FIFO queue `<queue>-dlq.fifo`
   */
  readonly name?: string;
  /** Receives before SQS itself moves the message, 1 to 1 000. Raise it where what a handler needs is often away for longer than all tries take. @defaultValue as the queue has it; 5 where it has none */
  readonly maxReceiveCount?: number;
}

/**
 * What a message that fails does to its FIFO group. `block`: it is released
 * and its followers with it. `hold`: it is tried again in this process, under
 * heartbeat, and dead-lettered after as many tries as SQS would have made.
 * `skip`: it is dead-lettered at once and the group goes on.
 */
export type FifoFailurePolicy = 'block' | 'hold' | 'skip';

/**
 * An SQS queue, by name (created by `provision: 'create'`) or by URL or ARN (somebody else's, of any account in this
 * region: received from and sent to, never created or changed). What is left out is as the queue has it: never compared,
 * never changed, and used as AWS reports it; the defaults named here are those of queues that Weft makes.
 */
export interface QueueDeclaration {
  /** 1 to 80 letters, digits, `-` and `_`, FIFO queues with `.fifo` at the end; or a URL or an ARN. */
  readonly name: string;
  /**
   * Patterns this queue carries: exact, or with a trailing `*`. None: the queue is there for other
   * programs to receive from.
   */
  readonly patterns: readonly string[];
  /**
   * Every topic it is subscribed to: a subscription that Weft made and that is missing here is ended.
   *
   * @defaultValue none: the queue's subscriptions are not looked at
   */
  readonly from?: readonly SubscriptionDeclaration[];
  /**
   * Each process has a queue of its own on the topics of `from`, made at its start, whatever `provision` says,
   * and deleted at its end: every process gets every event. `name` is what the queues' names start with.
   * @defaultValue false
   */
  readonly broadcast?: boolean;
  /** How bodies are read. @defaultValue nativeCodec */
  readonly codec?: MessageDecoder;
  /** How envelopes of SNS are read. @defaultValue one, of a topic of `from`, whose signature is not checked */
  readonly envelope?: EnvelopeDeclaration;
  /** Pattern of the handler that takes what no other handler of this queue takes, and JSON that names no pattern. @defaultValue none: dead-lettered */
  readonly fallback?: string;
  /**
   * Seconds a receive makes a message invisible; renewed while its handler runs; 1 to 43 200. Asked for with each receive,
   * whatever the queue itself is set to. Raise it where the event loop can be blocked for long, as nothing is renewed
   * meanwhile; lower it to have messages of a crashed process sooner.
   *
   * @defaultValue as the queue has it; 30 for one that Weft makes, and for one that is set to 0
   */
  readonly visibilityTimeoutS?: number;
  /** Seconds a message is kept, 60 to 1 209 600. @defaultValue as the queue has it; 345 600 (4 days) for one that Weft makes, 1 800 for a broadcast */
  readonly retentionS?: number;
  /**
   * Milliseconds a handler of this queue may run, unless its decorator says otherwise, 1 to 43 200 000; then its message
   * has failed and is retried. @defaultValue none: as long as the server's `maxLeaseMs`
   */
  readonly timeoutMs?: number;
  /** Back-off of its failed messages, unless a handler's decorator says otherwise. @defaultValue the server's `retry` */
  readonly retry?: RetryOptions;
  /** Messages in flight in this process, 1 to 120 000: fewer for a queue whose handlers are heavy. @defaultValue the server's `concurrency` */
  readonly concurrency?: number;
  /** Said only to be checked. @defaultValue whether the name ends in `.fifo` */
  readonly fifo?: boolean;
  /** `false`: its handlers run at every delivery, though the server has an idempotency store. @defaultValue true */
  readonly idempotent?: boolean;
  /** FIFO queues only. `skip` needs a dead-letter queue. @defaultValue 'block' */
  readonly onFailure?: FifoFailurePolicy;
  /**
   * `false` for none.
   *
   * @defaultValue as the queue has it; for one that Weft makes a queue of its own, 5 receives, 14 days; for a broadcast none, and what can never be handled is discarded
   */
  readonly deadLetter?: false | DeadLetterDeclaration;
  /** Of the queue and its dead-letter queue (unless that is named), set beside those they have. @defaultValue as the queue has it */
  readonly tags?: Tags;
  /** Of the queue and its dead-letter queue, unless that is named. @defaultValue as the queue has it; SQS encrypts a new one by its own keys */
  readonly encryption?: QueueEncryption;
  /** Bytes of a message that the queue takes, 1 024 to 1 048 576. @defaultValue as the queue has it; SQS's own is 1 048 576 */
  readonly maxMessageBytes?: number;
  /**
   * FIFO queues only: `true` for high throughput, where each message group counts by itself and a deduplication id is known
   * within its group alone.
   *
   * @defaultValue as the queue has it; SQS's own is false
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
   */
  readonly highThroughput?: boolean;
  /**
   * Which queues may have this one for their dead-letter queue: `any`, `none`, or up to ten of this account by name or ARN.
   *
   * @defaultValue as the queue has it; SQS's own is any
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
   */
  readonly redriveAllow?: 'any' | 'none' | readonly string[];
  /** Every bucket and rule that sends to it: one that Weft let in and that is missing here is let in no longer. @defaultValue as the queue has it */
  readonly senders?: readonly SenderDeclaration[];
}
