/** Declared tags of a topic or a queue; its other tags are left unchanged. */
export type Tags = Readonly<Record<string, string>>;

/** A key of KMS. */
export interface KmsEncryption {
  /** Id, alias or ARN, such as `alias/orders`. SNS must be allowed to use the key of a queue it sends to. */
  readonly kmsKeyId: string;
}

/** Encryption at rest of a topic. `none` removes it. */
export type TopicEncryption = 'none' | KmsEncryption;

/**
 * Encryption at rest of a queue. `sqs`: with SQS's own keys, free of charge. `none` removes it.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
 */
export type QueueEncryption = 'none' | 'sqs' | QueueKmsEncryption;

/** A key of KMS, and how long SQS reuses a data key. */
export interface QueueKmsEncryption extends KmsEncryption {
  /** Seconds SQS uses a data key before it asks KMS for another, 60 to 86 400. @defaultValue as the queue has it; SQS's own is 300 */
  readonly dataKeyReuseS?: number;
}

/**
 * An SNS topic, by name (created by `provision: 'create'`), or by ARN (another owner's, of any account and region:
 * subscribed to and published to, never created or changed). Options left out are neither compared nor changed.
 */
export interface TopicDeclaration {
  /** 1 to 256 letters, digits, `-` and `_`, FIFO topics with `.fifo` at the end; or an ARN. */
  readonly name: string;
  /** Only checked against the name. @defaultValue whether the name ends in `.fifo` */
  readonly fifo?: boolean;
  /** Added to existing tags. @defaultValue as the topic has it */
  readonly tags?: Tags;
  /** Encryption at rest. @defaultValue as the topic has it; SNS does not encrypt a new topic */
  readonly encryption?: TopicEncryption;
  /**
   * Maximum bytes of a message, and of all messages of one call, 1 024 to 1 048 576. Above the default a topic allows
   * at most 100 subscriptions, only of SQS, Lambda and Firehose. For a topic by ARN: the value its owner has set.
   *
   * @defaultValue as the topic has it; SNS's own is 262 144
   * @see https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html
   */
  readonly maxMessageBytes?: number;
  /**
   * FIFO topics only: with `true` the throughput limit applies to each message group; a queue needs `highThroughput`
   * too.
   *
   * @defaultValue as the topic has it; SNS's own is false
   * @see https://docs.aws.amazon.com/sns/latest/dg/fifo-high-throughput.html
   */
  readonly highThroughput?: boolean;
}
