import type { MessageCodec } from '../codec/message.codec.js';

/** An SNS topic, by name (created by `provision: 'create'`) or by ARN (somebody else's). */
export interface TopicDeclaration {
  readonly name: string;
  /** Default: whether the name ends in `.fifo`. */
  readonly fifo?: boolean;
}

export interface SubscriptionDeclaration {
  /** Name or ARN of the topic. */
  readonly topic: string;
  /** Raw message delivery. Default true: the body is what the publisher wrote, attributes included. */
  readonly raw?: boolean;
  /** SNS filter policy on message attributes. */
  readonly filterPolicy?: Readonly<Record<string, unknown>>;
}

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

/** An SQS queue, by name (created by `provision: 'create'`) or by URL (somebody else's). */
export interface QueueDeclaration {
  readonly name: string;
  /**
   * Patterns this queue carries: exact, or with a trailing `*`. None: the queue is there for other
   * programs to receive from.
   */
  readonly patterns: readonly string[];
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
