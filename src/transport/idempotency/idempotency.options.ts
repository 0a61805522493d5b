import type { SnsSqsContext } from '../sns-sqs.context.js';
import type { IdempotencyStore } from './idempotency.store.js';
import type { MessageIdentity } from './message-key.js';

/**
 * Five days: longer than a queue keeps a message by default
 * (four), so that no copy outlives the memory of it.
 */
export const DEFAULT_IDEMPOTENCY_TTL_S = 5 * 24 * 3600;

/** Answers are kept for as long as the record, so large ones would make up most of the store. */
export const DEFAULT_MAX_ANSWER_BYTES = 64 * 1024;

/** One handler's work on one message, and the name it has unless it is given another. */
export interface MessageWork extends MessageIdentity {
  /** As the message names it. */
  readonly pattern: string;
  /** Before the pipes of its handler. */
  readonly data: unknown;
  /** As text, those of the SNS envelope included. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** A name for work that others may do as well. */
export interface WorkIdentity {
  /** The key of the record. Where a pattern has several handlers, each needs one of its own. */
  readonly key: string;
  /** Has to be the same whenever the key is, or the message is refused. @defaultValue none: nothing is compared */
  readonly validation?: string;
}

/** A message whose handler is not run, as it was before. */
export interface RepeatedMessage {
  /** As a handler would have been given it. */
  readonly context: SnsSqsContext;
  /** The values it answered then; undefined when they were not kept. */
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
  /** Bytes of JSON up to which an answer is kept; of a larger one only that it was given. @defaultValue 65 536 */
  readonly maxAnswerBytes?: number;
  /**
   * Names the work on a message, so that messages which differ can be the same
   * work, or another program's. Undefined, or an empty key: it is the message's own work.
   *
   * @throws whatever it likes: as if the handler had thrown it.
   * @defaultValue `queue/handler#id`, held against the whole body
   * @example
   * identify: ({ pattern, data }) =>
   *   pattern === 'order.place' ? { key: `orders#${(data as Order).id}` } : undefined
   */
  readonly identify?: (work: MessageWork) => WorkIdentity | undefined;
  /**
   * Told of each message whose handler is not run, as it was before. The message is
   * acknowledged when this has resolved, and is redelivered when it rejects.
   *
   * @defaultValue none: the message is acknowledged, or answered as before
   */
  readonly onRepeated?: (message: RepeatedMessage) => void | Promise<void>;
}
