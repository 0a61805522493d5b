import type { MessageCodec } from '../codec/message.codec.js';

/** Tags of a topic or a queue. Others than these are left as they are. */
export type Tags = Readonly<Record<string, string>>;

/** A key of KMS. */
export interface KmsEncryption {
  /** Id, alias or ARN, such as `alias/orders`. SNS must be allowed to use the key of a queue it sends to. */
  readonly kmsKeyId: string;
}

/** Encryption at rest of a topic. `none` takes it away. */
export type TopicEncryption = 'none' | KmsEncryption;

/**
 * Encryption at rest of a queue. `sqs`: by keys that SQS keeps itself, which costs nothing. `none` takes it away.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
 */
export type QueueEncryption = 'none' | 'sqs' | QueueKmsEncryption;

/** A key of KMS, and how long SQS goes without asking for it. */
export interface QueueKmsEncryption extends KmsEncryption {
  /** Seconds SQS uses a data key before it asks KMS for another, 60 to 86 400. Default: as the queue has it, 300. */
  readonly dataKeyReuseS?: number;
}

/**
 * An SNS topic, by name (created by `provision: 'create'`) or by ARN (somebody else's, of any account and region:
 * subscribed to and published to, never created or changed).
 */
export interface TopicDeclaration {
  readonly name: string;
  /** Default: whether the name ends in `.fifo`. */
  readonly fifo?: boolean;
  readonly tags?: Tags;
  /** Default: as the topic has it. */
  readonly encryption?: TopicEncryption;
  /**
   * Bytes of a message, and of all messages of one call, that the topic takes, 1 024 to 1 048 576. Above the default
   * it takes 100 subscriptions at most, of SQS, Lambda and Firehose alone. By ARN: what its owner has set. Default
   * 262 144, and not looked at.
   *
   * @see https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html
   */
  readonly maxMessageBytes?: number;
}

export interface SubscriptionDeclaration {
  /** Name or ARN of the topic. */
  readonly topic: string;
  /** Raw message delivery. Default true: the body is what the publisher wrote, attributes included. */
  readonly raw?: boolean;
  /**
   * What SNS lets through, by attributes or by the body. Default: everything.
   *
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
   */
  readonly filterPolicy?: Readonly<Record<string, unknown>>;
  /**
   * What the policy looks at. `MessageBody` needs bodies in JSON; one that was too large and went to the payload
   * bucket fits no such policy. Default `MessageAttributes`.
   */
  readonly filterPolicyScope?: FilterPolicyScope;
}

/** What a filter policy looks at. */
export type FilterPolicyScope = 'MessageAttributes' | 'MessageBody';

export interface DeadLetterDeclaration {
  /** Default `<queue>-dlq` (`<queue>-dlq.fifo` for FIFO). */
  readonly name?: string;
  /** Receives before SQS itself moves the message. Default 5. */
  readonly maxReceiveCount?: number;
}

/**
 * What a message that fails does to its FIFO group. `block`: it is given back
 * and its followers with it. `hold`: it is tried again in this process, under
 * heartbeat, and dead-lettered after as many tries as SQS would have made.
 * `skip`: it is dead-lettered at once and the group goes on.
 */
export type FifoFailurePolicy = 'block' | 'hold' | 'skip';

/**
 * An SQS queue, by name (created by `provision: 'create'`) or by URL or ARN (somebody else's, of any account in this
 * region: received from and sent to, never created or changed).
 */
export interface QueueDeclaration {
  readonly name: string;
  /**
   * Patterns this queue carries: exact, or with a trailing `*`. None: the queue is there for other
   * programs to receive from.
   */
  readonly patterns: readonly string[];
  /**
   * Every topic it is subscribed to: a subscription that Weft made and that is missing here is ended. Left out, the
   * queue's subscriptions are not looked at.
   */
  readonly from?: readonly SubscriptionDeclaration[];
  /**
   * Each process has a queue of its own on the topics of `from`, made at its start, whatever `provision` says,
   * and deleted at its end: every process gets every event. `name` is what the queues' names start with.
   * @defaultValue false
   */
  readonly broadcast?: boolean;
  /** How bodies are read. Default: the native codec. */
  readonly codec?: MessageCodec;
  /** Pattern of the handler that takes what no other handler of this queue takes. */
  readonly fallback?: string;
  /** Seconds a receive hides a message; renewed while its handler runs. Default 30. */
  readonly visibilityTimeoutS?: number;
  /** Seconds a message is kept. Default 4 days, of a broadcast half an hour. */
  readonly retentionS?: number;
  /** Messages in flight in this process. Default: the server's. */
  readonly concurrency?: number;
  /** Default: whether the name ends in `.fifo`. */
  readonly fifo?: boolean;
  /** `false`: its handlers run at every delivery, though the server has an idempotency store. */
  readonly idempotent?: boolean;
  /** FIFO queues only. Default `block`. `skip` needs a dead-letter queue. */
  readonly onFailure?: FifoFailurePolicy;
  /**
   * `false` for none. Default: a queue of its own, 5 receives, 14 days; for a broadcast none, and what can never
   * be handled is discarded.
   */
  readonly deadLetter?: false | DeadLetterDeclaration;
  /** Of the queue and its dead-letter queue. */
  readonly tags?: Tags;
  /** Of the queue and its dead-letter queue. Default: as the queue has it; SQS encrypts a new one by its own keys. */
  readonly encryption?: QueueEncryption;
}

/** Where `emit` and `send` of a pattern go. The first route that matches is taken. */
export type RouteDeclaration = {
  /** Exact, or with a trailing `*`. */
  readonly patterns: readonly string[];
  /** How bodies are written. Default: the native codec. */
  readonly codec?: MessageCodec;
} & ({ readonly topic: string } | { readonly queue: string });

/** Topics, queues, subscriptions and routes, declared once, as data. */
export interface Topology {
  readonly topics: readonly TopicDeclaration[];
  readonly queues: readonly QueueDeclaration[];
  readonly routes: readonly RouteDeclaration[];
}
