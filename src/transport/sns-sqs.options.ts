import type { DelayedMessageStore } from './client/delayed-message.js';
import type { AwsClients, AwsClientsOptions } from '../aws/index.js';
import type { Broker } from './broker/broker.js';
import type { GivenClock } from './clock.js';
import type { IdempotencyOptions } from './idempotency/index.js';
import type { RetryOptions } from './retry.options.js';
import type { ProvisionMode, Topology } from './topology/index.js';
import type { TransportObserver } from './transport.observer.js';

/** What server and client have in common. */
export interface SnsSqsOptions {
  /** Of `defineTopology`, which checks it. Server and client may have different ones. */
  readonly topology: Topology;
  /** SDK clients shared with the rest of the process, the options to build (and close) own ones, or the driver of another broker. */
  readonly aws: AwsClients | AwsClientsOptions | Broker;
  /**
   * `create` makes what is missing, `verify` fails naming each difference, `off` only looks names up.
   * @defaultValue 'verify'
   */
  readonly provision?: ProvisionMode;
  /** S3 bucket for bodies over the limit of SNS (256 KiB or the topic's `maxMessageBytes`) or SQS (1 MiB). @defaultValue none: `MessageTooLargeError` */
  readonly payloadBucket?: string;
  /** What the names of reply queues start with; answers go to such queues only. @defaultValue 'weft-replies-' */
  readonly replyQueuePrefix?: string;
  /** Told of everything worth counting. @defaultValue none; OpenTelemetry's metrics need none */
  readonly observer?: TransportObserver;
  /** What tells the time; for tests, see `FakeClock` of `nestjs-sns-sqs/testing`. @defaultValue the machine's clock */
  readonly clock?: GivenClock;
}

/**
 * Options of `SnsSqsServer`.
 *
 * @example
 * const options: SnsSqsServerOptions = { topology, aws: { region: 'eu-central-1' }, concurrency: 200 };
 * @see https://docs.nestjs.com/microservices/custom-transport
 */
export interface SnsSqsServerOptions extends SnsSqsOptions {
  /**
   * Which handlers this server takes: those whose decorator names it (`@OnEvent(pattern, { transport })`), and those
   * that name no transport. For an application with several servers, as for two regions.
   * @defaultValue SNS_SQS, which `@OnEvent`, `@OnRequest` and `@OnBatch` name
   */
  readonly transportId?: symbol;
  /** Names of the queues this process consumes. @defaultValue every queue with a handler */
  readonly consume?: readonly string[];
  /** Messages in flight per queue, 1 to 120 000, unless the queue declares its own. @defaultValue 80 */
  readonly concurrency?: number;
  /** Their bytes per queue, bodies and attributes, from 1 MiB: what one receive brings comes on top. @defaultValue 32 MiB */
  readonly maxInFlightBytes?: number;
  /**
   * Seconds of a long poll, 0 to 20; closing waits for the open one. Never more than two thirds of a lease, nor than
   * `drainTimeoutMs` less a second.
   *
   * @defaultValue 20
   */
  readonly waitTimeS?: number;
  /**
   * Seconds a message is leased for, 2 to 43 200; the heartbeat renews it while its handler runs. After a crash the message is
   * redelivered as much later. Shorter than the longest time the event loop is ever blocked, it costs leases.
   *
   * @defaultValue the visibility timeout of the queue, which is never exceeded
   */
  readonly leaseS?: number;
  /** Milliseconds that `close()` gives handlers, open polls and acknowledgements. @defaultValue 25 000 */
  readonly drainTimeoutMs?: number;
  /** Milliseconds a handler may hold a message; then its signal is aborted. @defaultValue 3 600 000 */
  readonly maxLeaseMs?: number;
  /** Milliseconds an acknowledgement waits for nine others. @defaultValue 50 */
  readonly ackLingerMs?: number;
  /** How long a failed message stays hidden. @defaultValue up to 1 s at first, up to 300 s at last */
  readonly retry?: RetryOptions;
  /**
   * Runs each handler once per message, however often the message comes.
   *
   * @defaultValue none: every delivery runs every handler of its pattern, also those that succeeded before
   */
  readonly idempotency?: IdempotencyOptions;
  /**
   * What happens to a message whose error says that retrying is useless (`retryable` of `WeftError`). Where there is
   * no dead-letter queue, `deadLetter` retries it, and discards it if the queue is a broadcast.
   *
   * @defaultValue 'deadLetter'
   */
  readonly onPermanentError?: 'retry' | 'deadLetter' | 'discard';
}

/**
 * Options of `SnsSqsClient`.
 *
 * @example
 * const options: SnsSqsClientOptions = { topology, aws: { region: 'eu-central-1' }, requestTimeoutMs: 5000 };
 * @see https://docs.nestjs.com/microservices/basics#client-producer-class
 */
export interface SnsSqsClientOptions extends SnsSqsOptions {
  /** Milliseconds `send` waits for an answer: more than twice the lease of the servers, so that a request whose receive was lost is handled again in time. @defaultValue 60 000 */
  readonly requestTimeoutMs?: number;
  /**
   * Name or URL of a queue to receive answers on, for set-ups that may not create any. It must start with
   * `replyQueuePrefix`, and belong to this process alone.
   *
   * @defaultValue one is made by the first `send`, and deleted on close
   */
  readonly replyQueue?: string;
  /** Milliseconds a message waits for others while a call is under way. @defaultValue 3 */
  readonly lingerMs?: number;
  /** Messages that may wait to be sent; `emit` waits when there are as many. @defaultValue 10 000 */
  readonly maxWaitingMessages?: number;
  /** Their bytes, bodies and attributes. @defaultValue 64 MiB */
  readonly maxWaitingBytes?: number;
  /** Milliseconds `close()` gives AWS to take what waits; what is left is logged. @defaultValue 10 000 */
  readonly closeTimeoutMs?: number;
  /**
   * Keeps messages that neither SNS nor SQS delays: for longer than 900 s, to a topic, to a FIFO queue.
   *
   * @defaultValue none: such a delay is refused
   */
  readonly delays?: DelayedMessageStore;
}
