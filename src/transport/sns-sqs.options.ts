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
   * `create` makes what is missing, `verify` fails naming each difference, `off` only looks names up. Use `create` where the
   * process may create topics and queues, as on a developer's machine; `off` where it may not even read their attributes.
   *
   * @defaultValue 'verify': a start tells what infrastructure code forgot, and changes nothing
   */
  readonly provision?: ProvisionMode;
  /**
   * S3 bucket that bodies over the limit of SNS (256 KiB or the topic's `maxMessageBytes`) or SQS (1 MiB) are offloaded to.
   * Nothing is deleted from it: give it a lifecycle rule longer than the retention of every queue.
   *
   * @defaultValue none: sending such a body is a `MessageTooLargeError`
   */
  readonly payloadBucket?: string;
  /**
   * What the names of reply queues start with; answers go to such queues only. Change it where IAM policies name another
   * prefix, or to keep two systems of one account apart; it must be the same for callers and for those who answer them.
   *
   * @defaultValue 'weft-replies-'
   */
  readonly replyQueuePrefix?: string;
  /** Told of everything worth counting, for metrics that do not go by OpenTelemetry. @defaultValue none; OpenTelemetry's metrics need none */
  readonly observer?: TransportObserver;
  /** The clock; for tests, see `FakeClock` of `nestjs-sns-sqs/testing`. @defaultValue the machine's clock */
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
  /** Names of the queues this process consumes: to scale queues apart by processes of one program. @defaultValue every queue with a handler */
  readonly consume?: readonly string[];
  /**
   * Messages in flight per queue, 1 to 120 000, unless the queue declares its own: those that are handled, wait for their
   * handler, or are being acknowledged. Raise it where handlers wait for something else, such as a database, and messages
   * stay in the queue; memory and the load on that database grow with it. Lower it where handlers keep the CPU busy: more at
   * once makes each slower, and leases are renewed later.
   *
   * @defaultValue 80: eight receives of ten; 20 cost a fifth more CPU a message, and 160 save nothing more
   */
  readonly concurrency?: number;
  /**
   * Bytes of the messages in flight per queue, bodies and attributes, from 1 MiB: what one receive brings comes on top. Raise
   * it where large messages keep `concurrency` from being reached; lower it where many queues share little memory.
   *
   * @defaultValue 32 MiB: 80 messages of 400 KiB
   */
  readonly maxInFlightBytes?: number;
  /**
   * Seconds of a long poll, 0 to 20; closing waits for the open one. Never more than two thirds of a lease, nor than
   * `drainTimeoutMs` less a second. Lower it for tests and for processes that have to stop quickly; an idle queue then costs
   * more calls.
   *
   * @defaultValue 20: the fewest calls, and a message still comes at once
   */
  readonly waitTimeS?: number;
  /**
   * Seconds a message is leased for, 2 to 43 200; the heartbeat renews it while its handler runs. After a crash the message is
   * redelivered as much later: lower it to have it sooner. Shorter than the longest time the event loop is ever blocked,
   * it costs leases, and messages are handled twice.
   *
   * @defaultValue the visibility timeout of the queue, which is never exceeded
   */
  readonly leaseS?: number;
  /**
   * Milliseconds that `close()` gives handlers, open polls and acknowledgements; what is not done by then is redelivered once its
   * lease is over. Set it to a few seconds less than your platform gives between SIGTERM and SIGKILL, and above the time of
   * your slowest handler if you can.
   *
   * @defaultValue 25 000: ECS and Kubernetes kill after 30 s
   */
  readonly drainTimeoutMs?: number;
  /**
   * Milliseconds a handler may hold a message, less than 12 hours; then its signal is aborted and the message is redelivered.
   * Raise it for work that takes longer than an hour; lower it so that a handler that hangs is noticed sooner. For single
   * queues and handlers there is `timeoutMs`.
   *
   * @defaultValue 3 600 000 (an hour)
   */
  readonly maxLeaseMs?: number;
  /**
   * Milliseconds an acknowledgement waits for nine others, as one call deletes ten messages. Raised, a queue with little
   * traffic costs fewer calls, and a crash redelivers more messages that were handled. Lowered, the other way round. FIFO
   * queues do not wait.
   *
   * @defaultValue 50
   */
  readonly ackLingerMs?: number;
  /** How long a failed message stays invisible, unless its queue or handler says otherwise. @defaultValue up to 1 s at first, up to 300 s at last */
  readonly retry?: RetryOptions;
  /**
   * Runs each handler once per message, however often the message is redelivered. It costs a read and a write of the store for
   * each; set `idempotent: false` for queues whose handlers do no harm by running twice.
   *
   * @defaultValue none: every delivery runs every handler of its pattern, also those that succeeded before
   */
  readonly idempotency?: IdempotencyOptions;
  /**
   * What happens to a message whose error says that retrying is useless (`retryable` of `WeftError`). Where there is
   * no dead-letter queue, `deadLetter` retries it, and discards it if the queue is a broadcast. `retry` leaves it to the queue's
   * redrive policy after all its receives; `discard` deletes it, for messages that nobody will ever look at.
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
  /**
   * Milliseconds `send` waits for an answer, or for the next part of one; then it fails with a `RequestTimeoutError`, and a
   * server that has not begun drops the request. Raise it above the time a request may wait in its queue while consumers are
   * busy or start, or where servers have long leases; lower it where the caller's own caller gives up sooner.
   *
   * @defaultValue 60 000: more than twice the lease of a queue that Weft makes, so that a request whose receive was lost is handled again in time
   */
  readonly requestTimeoutMs?: number;
  /**
   * Name or URL of a queue to receive answers on, for set-ups that may not create any. It must start with
   * `replyQueuePrefix`, and belong to this process alone.
   *
   * @defaultValue one is made by the first `send`, and deleted on close
   */
  readonly replyQueue?: string;
  /**
   * Milliseconds a message waits for others while a call is in flight; a lone message waits for nothing. Raised, more
   * messages go out by one call, and each later. 0 sends what there is at once.
   *
   * @defaultValue 3
   */
  readonly lingerMs?: number;
  /**
   * Messages that may wait to be sent; `emit` waits when there are as many. Raise it for bursts that are larger, and give
   * the process the memory; lower it to be told sooner that AWS does not keep up. Whatever waits is lost in a crash.
   *
   * @defaultValue 10 000
   */
  readonly maxWaitingMessages?: number;
  /** Bytes of the messages that may wait, bodies and attributes, as `maxWaitingMessages` counts them. @defaultValue 64 MiB */
  readonly maxWaitingBytes?: number;
  /**
   * Milliseconds `close()` gives AWS to take what waits; what is left is logged, and lost. Together with the server's
   * `drainTimeoutMs` it should fit what your platform gives between SIGTERM and SIGKILL.
   *
   * @defaultValue 10 000
   */
  readonly closeTimeoutMs?: number;
  /**
   * Keeps messages that neither SNS nor SQS delays: for longer than 900 s, to a topic, to a FIFO queue.
   *
   * @defaultValue none: such a delay is refused
   */
  readonly delays?: DelayedMessageStore;
}
