import type { SnsSqsContext } from '../sns-sqs.context.js';
import type { IdempotencyStore } from './idempotency.store.js';
import type { MessageIdentity } from './message-key.js';

/**
 * Five days: longer than a queue keeps a message by default (four), so that no duplicate outlives its record.
 */
export const DEFAULT_IDEMPOTENCY_TTL_S = 5 * 24 * 3600;

/** Answers are kept as long as their records, so large ones would fill most of the store. */
export const DEFAULT_MAX_ANSWER_BYTES = 64 * 1024;

/** One handler's work on one message, and its default identity. */
export interface MessageWork extends MessageIdentity {
  /** The message's pattern. */
  readonly pattern: string;
  /** The payload before the handler's pipes. */
  readonly data: unknown;
  /** As text, those of the SNS envelope included. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** The identity of work that several messages may ask for. */
export interface WorkIdentity {
  /** The key of the record. Where a pattern has several handlers, each needs one of its own. */
  readonly key: string;
  /**
   * Must be equal whenever the key is equal; otherwise the message is refused.
   *
   * @defaultValue none: nothing is compared
   */
  readonly validation?: string;
}

/** A message whose handler is skipped because its work is done. */
export interface RepeatedMessage {
  /** The context the handler would have got. */
  readonly context: SnsSqsContext;
  /** The values of the first answer; undefined when they were not kept. */
  readonly answer: readonly unknown[] | undefined;
}

/**
 * Makes handlers run once for each message, however often it is delivered or sent again.
 *
 * @example
 * new SnsSqsServer({ topology, aws, idempotency: { store: new DynamoDbIdempotencyStore(aws.dynamodb, 'idempotency') } });
 */
export interface IdempotencyOptions {
  /** Shared by every process that consumes the queue, and closed by its owner. */
  readonly store: IdempotencyStore;
  /** Seconds a handled message is remembered. @defaultValue 432 000 (5 days) */
  readonly ttlS?: number;
  /** Maximum bytes of JSON of an answer that is kept; of a larger answer only the fact is kept. @defaultValue 65 536 */
  readonly maxAnswerBytes?: number;
  /**
   * Identifies the work of a message, so that different messages, or another program's, can ask for the same work.
   * Undefined, or an empty key: the message's own identity.
   *
   * @throws any error, as if the handler had thrown it.
   * @defaultValue `queue/handler#id`, validated by the whole body
   * @example
   * identify: ({ pattern, data }) =>
   *   pattern === 'order.place' ? { key: `orders#${(data as Order).id}` } : undefined
   */
  readonly identify?: (work: MessageWork) => WorkIdentity | undefined;
  /**
   * Called for each message whose handler is skipped because its work is done. The message is acknowledged when this
   * resolves, and redelivered when it rejects.
   *
   * @defaultValue none: the message is acknowledged, or answered as before
   */
  readonly onRepeated?: (message: RepeatedMessage) => void | Promise<void>;
}
