import {
  Server,
  type BaseRpcContext,
  type CustomTransportStrategy,
  type MessageHandler,
  type Transport,
} from '@nestjs/microservices';

import type { AwsClients } from '../../aws/index.js';
import { clockOf, realTimeOf } from '../clock.js';
import { InvalidOptionsError } from '../errors/index.js';
import { observing } from '../observing/observing.js';
import { SnsSqsConnection } from '../sns-sqs.connection.js';
import { SNS_SQS } from '../sns-sqs.constants.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue } from '../topology/index.js';
import { CarriedQueues } from './carried.queues.js';
import { checkConcurrency, checkServerOptions } from './check-options.js';
import type { QueueHealth, QueueMaker } from './consumed.queue.js';
import { HandlerInvoker } from './handling/handler.invoker.js';
import { ServerHandlers } from './server.handlers.js';
import { exposeInternals } from './server.internals.js';
import { ServerQueues } from './server.queues.js';

/**
 * The strategy that runs a Nest microservice on SNS and SQS. Nothing that was
 * not handled is acknowledged; a handler that fails is retried, or its message
 * dead-lettered, as its error says.
 *
 * @throws InvalidOptionsError when an option is out of its range. The start fails with a TopologyError when the
 * topology does not fit the handlers or AWS.
 * @example
 * const app = await NestFactory.create(AppModule);
 * connectSnsSqs(app, new SnsSqsServer({ topology, aws: { region: 'eu-central-1' } }));
 * await app.init();
 * await app.startAllMicroservices();
 * @see https://docs.nestjs.com/microservices/custom-transport
 */
export class SnsSqsServer extends Server implements CustomTransportStrategy {
  /** Which handlers it takes: those that name it, and those that name no transport. */
  override transportId: symbol | Transport;
  override readonly propagatesEventHandlerErrors = true;
  readonly #noStartHook = this.onProcessingStartHook;
  readonly #connection: SnsSqsConnection;
  readonly #carried: CarriedQueues;
  readonly #handlers: ServerHandlers;
  readonly #queues: ServerQueues;
  #closed: Promise<void> | undefined;
  #started = false;
  readonly #drainListeners: (() => void)[] = [];

  constructor(options: SnsSqsServerOptions) {
    super();
    checkServerOptions(options);
    const { topology, consume, idempotency, transportId = SNS_SQS } = options;
    const clock = clockOf(options.clock);
    this.transportId = transportId;
    this.#connection = new SnsSqsConnection(options);
    this.#carried = new CarriedQueues(topology, consume);
    this.#handlers = new ServerHandlers({
      server: this,
      queues: this.#carried,
      idempotency,
      normalize: (pattern) => this.normalizePattern(pattern),
    });
    this.#queues = new ServerQueues({
      connection: this.#connection,
      options: { ...options, ...observing(options.observer) },
      queues: this.#carried,
      handlers: this.#handlers.registry,
      invoker: new HandlerInvoker(this.#hooked, clock),
      clock,
      realTime: realTimeOf(clock),
      warn: (text, fields) => this.logger.warn(text, ...(fields ? [fields] : [])),
      onStatus: (status) => this.#tell(status),
    });
    this.initializeSerializer({});
    this.initializeDeserializer({});
    exposeInternals(this, {
      know: (modules) => this.#handlers.know(modules),
      makeQueuesBy: (maker) => this.#queues.makeBy(maker),
      addQueue: (queue, maker) => this.#add(queue, maker),
      carries: (pattern) => this.#carried.carry(pattern),
      state: () => {
        if (this.#started) return 'started';
        return this.#handlers.isConnected ? 'connected' : 'unconnected';
      },
      idleHandlers: () => this.#handlers.idle(),
    });
  }

  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const route = this.#handlers.register(pattern, callback, isEventHandler, extras);
    if (route !== undefined && !this.messageHandlers.has(route))
      this.messageHandlers.set(route, callback);
  }

  /** Checks handlers against queues, looks the topology up and starts to receive. Failure reaches Nest through the callback. */
  override listen(callback: (error?: unknown) => void): void {
    this.#started = true;
    this.#listen().then(
      () => {
        this.#tell(this.#closed ? 'disconnected' : 'connected');
        callback();
      },
      (error: unknown) => this.#queues.abandon().then(() => callback(error)),
    );
  }

  /** Stops receiving, lets handlers end (`drainTimeoutMs`), flushes acknowledgements and answers. Safe to call twice. */
  override close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /**
   * Calls back once, when the server begins to close: handlers that wait for something else than their own work, such as
   * for other messages, then end sooner. They still have `drainTimeoutMs`.
   *
   * @example
   * server.onDrain(() => gathering.close());
   */
  onDrain(listener: () => void): void {
    this.#drainListeners.push(listener);
  }

  /** What each consumed queue is doing. */
  health(): readonly QueueHealth[] {
    return this.#queues.health();
  }

  /**
   * Stops receiving from one queue; messages in flight go on. Resolves when its open polls have ended, or when it is resumed.
   *
   * @throws Error when the queue is not consumed here, as `resume` and `setConcurrency` do.
   */
  pause(queue: string): Promise<void> {
    return this.#queues.polled(queue).pause();
  }

  /** Receives from a paused queue again. */
  resume(queue: string): void {
    this.#queues.polled(queue).resume();
  }

  /** Changes how many messages of a queue may be in flight. @throws {InvalidOptionsError} unless it is a whole number from 1. */
  setConcurrency(queue: string, concurrency: number): void {
    checkConcurrency(concurrency);
    this.#queues.polled(queue).setConcurrency(concurrency);
  }

  /** @throws Error always. There are no transport events: health is asked for, and counts go to the observer. */
  override on(): never {
    throw new Error('SnsSqsServer emits no events: use health() and the observer option');
  }

  /** The SDK clients it receives and answers by; over another broker its driver. */
  override unwrap<T = AwsClients>(): T {
    return (this.#connection.aws ?? this.#connection.broker) as T;
  }

  async #listen(): Promise<void> {
    const warnings = this.#handlers.check();
    const bound = await this.#connection.bind();
    for (const warning of warnings) this.logger.warn(warning);
    await this.#queues.open(bound);
  }

  #add(queue: BoundQueue, maker: QueueMaker): void {
    const { name } = queue.declaration;
    if (this.#started)
      throw new InvalidOptionsError(
        `The queue ${name} cannot be added, because the server has started. Create its endpoint before`,
      );
    this.#carried.add({ queue, maker });
  }

  async #close(): Promise<void> {
    for (const listener of this.#drainListeners) listener();
    await this.#queues.close();
    this.#connection.close();
    this.#tell('disconnected');
  }

  /** `runWithProcessingHooks` gives nothing back once a hook is installed, so the outcome is carried past it. */
  readonly #hooked = (context: BaseRpcContext, work: () => Promise<void>): Promise<void> => {
    // Without a hook its five promises a message are not needed.
    if (this.onProcessingStartHook === this.#noStartHook && !this.onProcessingEndHook)
      return work();
    return new Promise((resolve, reject) => {
      this.runWithProcessingHooks(context, (endHook) =>
        work().finally(endHook).then(resolve, reject),
      );
    });
  };

  #tell(status: 'connected' | 'disconnected'): void {
    // oxlint-disable-next-line no-underscore-dangle -- Nest's name for what `status` emits.
    this._status$.next(status);
  }
}
