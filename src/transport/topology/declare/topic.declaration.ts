/** Tags of a topic or a queue, as declared; others that it has are left as they are. */
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
  /** Seconds SQS uses a data key before it asks KMS for another, 60 to 86 400. @defaultValue as the queue has it; SQS's own is 300 */
  readonly dataKeyReuseS?: number;
}

/**
 * An SNS topic, by name (created by `provision: 'create'`) or by ARN (somebody else's, of any account and region:
 * subscribed to and published to, never created or changed). What is left out is as the topic has it.
 */
export interface TopicDeclaration {
  /** 1 to 256 letters, digits, `-` and `_`, FIFO topics with `.fifo` at the end; or an ARN. */
  readonly name: string;
  /** Said only to be checked. @defaultValue whether the name ends in `.fifo` */
  readonly fifo?: boolean;
  /** Set beside those it has. @defaultValue as the topic has it */
  readonly tags?: Tags;
  /** Encryption at rest. @defaultValue as the topic has it; SNS encrypts no new one */
  readonly encryption?: TopicEncryption;
  /**
   * Bytes of a message, and of all messages of one call, that the topic takes, 1 024 to 1 048 576. Above the default
   * it takes 100 subscriptions at most, of SQS, Lambda and Firehose alone. By ARN: what its owner has set.
   *
   * @defaultValue as the topic has it; SNS's own is 262 144
   * @see https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html
   */
  readonly maxMessageBytes?: number;
  /**
   * FIFO topics only: `true` counts the throughput of each message group by itself, for which a queue needs `highThroughput` too.
   *
   * @defaultValue as the topic has it; SNS's own is false
   * @see https://docs.aws.amazon.com/sns/latest/dg/fifo-high-throughput.html
   */
  readonly highThroughput?: boolean;
}
