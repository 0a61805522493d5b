import type { DelayedMessageStore } from './client/delayed-message.js';
import type { AwsClients, AwsClientsOptions } from '../aws/index.js';
import type { Broker } from './broker/broker.js';
import type { GivenClock } from './clock.js';
import type { IdempotencyOptions } from './idempotency/index.js';
import type { RetryOptions } from './retry.options.js';
import type { ProvisionMode, Topology } from './topology/index.js';
import type { TransportObserver } from './transport.observer.js';

/** Options that server and client share. */
export interface SnsSqsOptions {
  /** The result of `defineTopology`. Server and client may have different topologies. */
  readonly topology: Topology;
  /** SDK clients shared with the rest of the process, the options to build (and close) own ones, or the driver of another broker. */
  readonly aws: AwsClients | AwsClientsOptions | Broker;
  /**
   * `create` creates missing topics and queues and changes differing ones, `verify` fails and names each difference,
   * `off` only looks up queues and topics, with the attributes that are used. Use `create` if the process may create
   * topics and queues, such as on a developer's machine; `off` if they may differ, or if it may read neither
   * subscriptions nor tags.
   *
   * @defaultValue 'verify': the start reports what the infrastructure code forgot, and changes nothing
   */
  readonly provision?: ProvisionMode;
  /**
   * S3 bucket that bodies over the limit of SNS (256 KiB or the topic's `maxMessageBytes`) or SQS (1 MiB) are offloaded
   * to. Weft deletes nothing from it: give it a lifecycle rule longer than the retention of every queue.
   *
   * @defaultValue none: sending such a body is a `MessageTooLargeError`
   */
  readonly payloadBucket?: string;
  /**
   * Prefix of the names of reply queues; answers are sent only to queues with this prefix. Change it if IAM policies
   * name another prefix, or to keep two systems of one account apart. Callers and answering servers must use the same
   * prefix.
   *
   * @defaultValue 'weft-replies-'
   */
  readonly replyQueuePrefix?: string;
  /**
   * Called for every countable event, for metrics without OpenTelemetry.
   *
   * @defaultValue none; OpenTelemetry's metrics need none
   */
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
   * The server takes handlers whose decorator names this id (`@OnEvent(pattern, { transport })`), and those that name
   * no transport. For an application with several servers, such as for two regions.
   * @defaultValue SNS_SQS, which `@OnEvent`, `@OnRequest` and `@OnBatch` name
   */
  readonly transportId?: symbol;
  /**
   * Names of the queues this process consumes, to scale queues separately with one program.
   *
   * @defaultValue every queue with a handler
   */
  readonly consume?: readonly string[];
  /**
   * Messages in flight per queue, 1 to 120 000, unless the queue declares its own number: those being handled, waiting
   * for their handler, or being acknowledged. Raise it if messages pile up in the queue while handlers wait for
   * something else, such as a database; memory and the load on that database grow with it. Lower it if handlers keep
   * the CPU busy: more at once makes each slower, and leases are renewed later.
   *
   * @defaultValue 80: eight receives of ten; 20 cost a fifth more CPU a message, and 160 save nothing more
   */
  readonly concurrency?: number;
  /**
   * Bytes of the messages in flight per queue, bodies and attributes, at least 1 MiB; the messages of one receive may
   * exceed it. Raise it if large messages keep `concurrency` from being reached; lower it if many queues share little
   * memory.
   *
   * @defaultValue 32 MiB: 80 messages of 400 KiB
   */
  readonly maxInFlightBytes?: number;
  /**
   * Seconds of a long poll, 0 to 20; closing waits for the open one. Never more than two thirds of a lease, nor than
   * `drainTimeoutMs` minus a second. Lower it for tests and for processes that must stop quickly; an idle queue then
   * costs more calls.
   *
   * @defaultValue 20: the fewest calls; a message is still received at once
   */
  readonly waitTimeS?: number;
  /**
   * Seconds of a message's lease, 2 to 43 200; the heartbeat renews it while the handler runs. After a crash the
   * message is redelivered when the lease ends: lower it to have that sooner. A lease shorter than the longest time the
   * event loop is blocked is lost, and the message is handled twice.
   *
   * @defaultValue the visibility timeout of the queue, which is never exceeded
   */
  readonly leaseS?: number;
  /**
   * Milliseconds that `close()` waits for handlers, open polls and acknowledgements; messages unfinished by then are
   * redelivered when their lease ends. Set it a few seconds below your platform's time between SIGTERM and SIGKILL, and
   * above the time of your slowest handler if you can.
   *
   * @defaultValue 25 000: ECS and Kubernetes kill after 30 s
   */
  readonly drainTimeoutMs?: number;
  /**
   * Milliseconds for which a handler's lease is renewed, less than 12 hours. When the last renewal ends, its signal is
   * aborted and the message is redelivered: a lease later at most. Raise it for work that takes longer than an hour; lower
   * it, and `leaseS` where leases are long, to notice hanging handlers sooner. `timeoutMs` ends single handlers on time.
   *
   * @defaultValue 3 600 000 (an hour)
   */
  readonly maxLeaseMs?: number;
  /**
   * Milliseconds an acknowledgement waits for nine others, as one call deletes ten messages. Raised, a queue with
   * little traffic costs fewer calls, but a crash redelivers more handled messages; lowered, the reverse. FIFO queues
   * do not wait.
   *
   * @defaultValue 50
   */
  readonly ackLingerMs?: number;
  /**
   * How long a failed message stays invisible, unless its queue or handler has its own back-off.
   *
   * @defaultValue up to 1 s at first, growing to 300 s
   */
  readonly retry?: RetryOptions;
  /**
   * Runs each handler once per message, however often the message is redelivered. It costs a read and a write of the
   * store for each message; set `idempotent: false` for queues whose handlers may run twice without harm.
   *
   * @defaultValue none: every delivery runs every handler of its pattern, including those that succeeded before
   */
  readonly idempotency?: IdempotencyOptions;
  /**
   * What happens to a message whose error is not `retryable` (a `WeftError`). `deadLetter` copies it to the dead-letter
   * queue; without one the message is retried, or discarded on a broadcast. `retry` leaves it to the queue's redrive
   * policy, after all its receives. `discard` deletes it, for messages that need no inspection.
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
   * Milliseconds `send` waits for an answer, or for its next part; then it fails with a `RequestTimeoutError`, and a
   * server that has not begun drops the request. Raise it if requests may wait longer in their queue, while consumers
   * are busy or starting, or if servers have long leases; lower it if your own caller gives up sooner.
   *
   * @defaultValue 60 000: twice the lease of a queue that Weft creates, so that a request whose receive was lost is
   * handled in time
   */
  readonly requestTimeoutMs?: number;
  /**
   * Name or URL of an existing queue for answers, if the process may not create one. Its name must start with
   * `replyQueuePrefix`, and no other process may use it.
   *
   * @defaultValue the first `send` creates one, and `close` deletes it
   */
  readonly replyQueue?: string;
  /**
   * Milliseconds a message waits for others while a call is in flight; a lone message does not wait. Raised, one call
   * sends more messages, but each later. 0 sends at once.
   *
   * @defaultValue 3
   */
  readonly lingerMs?: number;
  /**
   * Messages that may wait to be sent; `emit` waits when this many do. Raise it for larger bursts, and give the process
   * the memory; lower it to notice sooner that AWS does not keep up. Waiting messages are lost in a crash.
   *
   * @defaultValue 10 000
   */
  readonly maxWaitingMessages?: number;
  /** Bytes of the messages that may wait, bodies and attributes; see `maxWaitingMessages`. @defaultValue 64 MiB */
  readonly maxWaitingBytes?: number;
  /**
   * Milliseconds `close()` waits for AWS to take waiting messages; those left are lost, which is logged. Together with
   * the server's `drainTimeoutMs` it should be less than your platform's time between SIGTERM and SIGKILL.
   *
   * @defaultValue 10 000
   */
  readonly closeTimeoutMs?: number;
  /**
   * Keeps delayed messages that neither SNS nor SQS can delay: for longer than 900 s, to a topic, to a FIFO queue.
   *
   * @defaultValue none: such a delay is refused
   */
  readonly delays?: DelayedMessageStore;
}
