/**
 * The transport's id in Nest. `@OnEvent`, `@OnRequest` and `@OnBatch` set it, so that no other transport of a hybrid
 * application takes their handlers; Nest's own decorators accept it too.
 *
 * @example
 * `@EventPattern<string>('order.placed', SNS_SQS)`
 * @see https://docs.nestjs.com/microservices/basics#event-based
 */
export const SNS_SQS = Symbol.for('weft:sns-sqs');

/** Limits AWS sets. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const MAX_BATCH_ENTRIES = 10;
export const MAX_ATTRIBUTES = 10;
export const SQS_MAX_BYTES = 1024 * 1024;
export const SNS_MAX_BYTES = 256 * 1024;
export const MAX_LEASE_HOURS = 12;
export const MAX_DELAY_S = 900;
export const MAX_QUEUE_NAME_LENGTH = 80;
export const MAX_SUBJECT_LENGTH = 99;
export const MAX_WAIT_TIME_S = 20;

/** Messages in flight per queue, eight receives' worth: a fifth less CPU a message than 20, and 160 adds nothing (`npm run bench -- consume`, by `concurrency`). */
export const DEFAULT_CONCURRENCY = 80;
export const DEFAULT_WAIT_TIME_S = MAX_WAIT_TIME_S;
export const DEFAULT_VISIBILITY_TIMEOUT_S = 30;
/** SQS's own default, longer than a long weekend. */
export const DEFAULT_RETENTION_S = 4 * 24 * 3600;
/**
 * As long as an owner may be silent before its queue is deleted as an orphan: older messages will never be received.
 */
export const BROADCAST_RETENTION_S = 30 * 60;
export const DEAD_LETTER_RETENTION_S = 14 * 24 * 3600;
export const DEFAULT_MAX_RECEIVE_COUNT = 5;
export const DEFAULT_DRAIN_TIMEOUT_MS = 25_000;
/** A receive of ten at SQS's limit is 10 MiB; as text in memory, parsed and copied, a message takes several times its size. */
export const DEFAULT_MAX_IN_FLIGHT_BYTES = 32 * 1024 * 1024;
export const DEFAULT_MAX_LEASE_MS = 3600_000;
/**
 * Busy queues fill batches of ten within 5 ms as within 50, at the same CPU; on quiet ones the longer wait saves calls
 * (`npm run bench -- consume`, calls per 1000).
 */
export const DEFAULT_ACK_LINGER_MS = 50;
export const DEFAULT_SEND_LINGER_MS = 3;
/** Messages that may wait before `emit` itself waits: at most seconds of work, and little memory. */
export const DEFAULT_MAX_WAITING_MESSAGES = 10_000;
export const DEFAULT_MAX_WAITING_BYTES = 64 * 1024 * 1024;
export const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;
export const DEFAULT_RETRY_BASE_S = 1;
export const DEFAULT_RETRY_CAP_S = 300;
/** Enough to abort handlers, to copy failed messages to the dead-letter queue and to answer. */
export const DEFAULT_LAMBDA_RESERVE_MS = 1000;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_LAMBDA_MS = 900_000;
/**
 * Twice the default lease: a request whose receive was lost, or whose server was killed, is redelivered after one
 * lease.
 */
export const DEFAULT_REQUEST_TIMEOUT_MS = 60_000;
export const REPLY_QUEUE_PREFIX = 'weft-replies-';
export const REPLY_RETENTION_S = 60;

/** Attributes that the transport itself writes: four, with the two of W3C trace context. */
export const PATTERN_ATTRIBUTE = 'pattern';
export const REPLY_TO_ATTRIBUTE = 'replyTo';
