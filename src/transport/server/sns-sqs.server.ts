import {
  Server,
  type BaseRpcContext,
  type CustomTransportStrategy,
  type MessageHandler,
  type Transport,
} from '@nestjs/microservices';

import { atMost } from '../../common/at-most.js';
import type { AwsClients } from '../../aws/index.js';
import { clockOf, realTimeOf, type Clock } from '../clock.js';
import { InvalidOptionsError } from '../errors/index.js';
import { Sender } from '../sender/sender.js';
import { measureInFlight } from '../observing/messaging-metrics.js';
import { observing } from '../observing/observing.js';
import { SnsSqsConnection } from '../sns-sqs.connection.js';
import {
  DEFAULT_DRAIN_TIMEOUT_MS,
  DEFAULT_SEND_LINGER_MS,
  REPLY_QUEUE_PREFIX,
  SNS_SQS,
} from '../sns-sqs.constants.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue, BoundTopology, QueueDeclaration } from '../topology/index.js';
import { Broadcasts } from './broadcast/broadcasts.js';
import { HandlerInvoker } from './handling/handler.invoker.js';
import { runOptions } from './handling/run-options.js';
import { checkConcurrency, checkServerOptions } from './check-options.js';
import { ApplicationHandlers, unfit } from './handling/application-handlers.js';
import { handlerFaults, handlerWarnings } from './handling/handler.faults.js';
import { HandlerRegistry } from './handling/handler.registry.js';
import { patternFault } from './handling/pattern.faults.js';
import { CarriedQueues } from './carried.queues.js';
import type { QueueHealth, QueueMaker } from './consumed.queue.js';
import { ConsumedQueues } from './consumed.queues.js';
import { polledQueues } from './queue.consumer.js';
import { ReceivingStatus } from './receiving.status.js';
import { exposeInternals } from './server.internals.js';

/** Milliseconds for what comes after the handlers, when these took all the time there was. */
const CLOSE_GRACE_MS = 2000;

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
  readonly #options: SnsSqsServerOptions;
  readonly #clock: Clock;
  readonly #realTime: Clock;
  readonly #connection: SnsSqsConnection;
  readonly #handlers = new HandlerRegistry();
  readonly #broadcasts: Broadcasts;
  readonly #consumers = new ConsumedQueues();
  readonly #queues: CarriedQueues;
  #application: ApplicationHandlers | undefined;
  #maker: QueueMaker = polledQueues;
  #sender: Sender | undefined;
  #closed: Promise<void> | undefined;
  #started = false;
  readonly #receiving = new ReceivingStatus(
    () => this.#consumers.size,
    (status) => {
      if (!this.#closed) this.#tell(status);
    },
  );
  readonly #drainListeners: (() => void)[] = [];
  #stopMeasuring: (() => void) | undefined;

  constructor(options: SnsSqsServerOptions) {
    super();
    checkServerOptions(options);
    this.#options = { ...options, ...observing(options.observer) };
    this.#connection = new SnsSqsConnection(options);
    const { observer, transportId = SNS_SQS } = this.#options;
    const clock = clockOf(options.clock);
    this.#queues = new CarriedQueues(options.topology, options.consume);
    this.transportId = transportId;
    this.#clock = clock;
    this.#realTime = realTimeOf(clock);
    this.#broadcasts = new Broadcasts(this.#connection.broker, clock, observer);
    this.initializeSerializer({});
    this.initializeDeserializer({});
    exposeInternals(this, {
      know: (modules) => void (this.#application = new ApplicationHandlers(modules, this)),
      makeQueuesBy: (maker) => void (this.#maker = maker),
      addQueue: (queue, maker) => this.#add(queue, maker),
      carries: (pattern) => this.#queues.carry(pattern),
      state: () => {
        if (this.#started) return 'started';
        return this.#application?.isConnected ? 'connected' : 'unconnected';
      },
      idleHandlers: () =>
        (this.#application?.own ?? [])
          .filter(({ pattern }) => this.#queues.isConsumed(this.#route(pattern)))
          .map(({ place }) => place),
    });
  }

  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    Object.assign(callback, { isEventHandler, extras });
    if (patternFault(pattern) !== undefined) {
      this.#handlers.refuse(pattern, callback);
      return;
    }
    const route = this.normalizePattern(pattern as string);
    this.#handlers.add(route, callback, isEventHandler, runOptions(extras));
    if (!this.messageHandlers.has(route)) this.messageHandlers.set(route, callback);
  }

  /** Checks handlers against queues, looks the topology up and starts to receive. Failure reaches Nest through the callback. */
  override listen(callback: (error?: unknown) => void): void {
    this.#started = true;
    this.#listen().then(
      () => {
        this.#tell(this.#closed ? 'disconnected' : 'connected');
        callback();
      },
      // A process that fails to start is not always closed.
      (error: unknown) => this.#broadcasts.close().then(() => callback(error)),
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
    return this.#consumers.health();
  }

  /**
   * Stops receiving from one queue; messages in flight go on. Resolves when its open polls have ended, or when it is resumed.
   *
   * @throws Error when the queue is not consumed here, as `resume` and `setConcurrency` do.
   */
  pause(queue: string): Promise<void> {
    return this.#consumers.polled(queue).pause();
  }

  /** Receives from a paused queue again. */
  resume(queue: string): void {
    this.#consumers.polled(queue).resume();
  }

  /** Changes how many messages of a queue may be in flight. @throws {InvalidOptionsError} unless it is a whole number from 1. */
  setConcurrency(queue: string, concurrency: number): void {
    checkConcurrency(concurrency);
    this.#consumers.polled(queue).setConcurrency(concurrency);
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
    const warnings = this.#checkHandlers();
    const bound = await this.#connection.bind();
    for (const warning of warnings) this.logger.warn(warning);
    const { broker, payloads } = this.#connection;
    const { observer, replyQueuePrefix = REPLY_QUEUE_PREFIX } = this.#options;
    // Answers are all it sends.
    const temporary = `${replyQueuePrefix}*`;
    const sending = {
      lingerMs: DEFAULT_SEND_LINGER_MS,
      observer,
      temporary,
      clock: this.#realTime,
    };
    const sender = new Sender(broker, sending, payloads);
    this.#sender = sender;
    const dependencies = {
      openQueue: broker.openQueue,
      payloads,
      sender,
      clock: this.#clock,
      realTime: this.#realTime,
      handlers: this.#handlers,
      invoker: new HandlerInvoker(this.#hooked, this.#clock),
      onReceiving: this.#receiving.note,
    };
    // Messages nobody handles would all be dead-lettered; they are somebody else's, or wait for their handler.
    for (const declaration of this.#queues.consumed.filter((queue) =>
      this.#handlers.handles(queue),
    )) {
      if (this.#closed) return;
      const queue = await this.#open(declaration, bound);
      if (!queue) continue;
      const { name } = queue.declaration;
      this.#consumers.add(name, this.#maker.open(queue, this.#options, dependencies));
    }
    for (const { queue, maker } of this.#queues.added)
      this.#consumers.add(
        `${queue.declaration.name} (handed in)`,
        maker.open(queue, this.#options, dependencies),
      );
    if (this.#closed) return;
    this.#consumers.start();
    this.#stopMeasuring = measureInFlight(() => this.health());
  }

  /** Of what is no pattern the thing itself, which nothing carries. */
  readonly #route = (pattern: unknown): unknown =>
    patternFault(pattern) === undefined ? this.normalizePattern(pattern as string) : pattern;

  #add(queue: BoundQueue, maker: QueueMaker): void {
    const { name } = queue.declaration;
    if (this.#started)
      throw new InvalidOptionsError(
        `The queue ${name} cannot be added, because the server has started. Create its endpoint before`,
      );
    this.#queues.add({ queue, maker });
  }

  /**
   * Holds handlers against queues, before the first message.
   *
   * @returns warnings.
   * @throws TopologyError naming every fault.
   */
  #checkHandlers(): readonly string[] {
    const { idempotency } = this.#options;
    const { topology } = this.#queues;
    const application = this.#application;
    if (application) this.#handlers.name(application.own, this.#route);
    const faults = [
      ...(application?.orphanFaults ?? []),
      ...handlerFaults(this.#handlers, {
        topology,
        remembers: !idempotency ? 'nowhere' : idempotency.store.inProcess ? 'inProcess' : 'beyond',
        elsewhere: (pattern, handlers) => application?.elsewhere(pattern, handlers) !== undefined,
      }),
    ];
    if (faults.length > 0) throw unfit(faults);
    return handlerWarnings(this.#handlers, topology, application);
  }

  /** Undefined for a broadcast where no process stays to have a queue of its own. */
  async #open(
    { name, broadcast }: QueueDeclaration,
    bound: BoundTopology,
  ): Promise<BoundQueue | undefined> {
    if (!broadcast) return bound.queue(name);
    const { withoutBroadcasts: reason } = this.#maker;
    if (reason === undefined) return this.#broadcasts.open(bound.broadcast(name));
    this.logger.warn('Broadcast queue left out', { queue: name, reason: `a broadcast ${reason}` });
    return undefined;
  }

  async #close(): Promise<void> {
    for (const listener of this.#drainListeners) listener();
    const timeoutMs = this.#options.drainTimeoutMs ?? DEFAULT_DRAIN_TIMEOUT_MS;
    const startedMs = this.#realTime.monotonicMs();
    const running = await this.#consumers.drain(timeoutMs);
    if (running > 0)
      this.logger.warn(
        'Handlers still ran at the end of the drain time: their messages are redelivered',
        {
          handlers: running,
          drainTimeoutMs: timeoutMs,
        },
      );
    this.#stopMeasuring?.();
    // Answers that stall, and a broker that is gone, end with the time as well.
    const end = async (): Promise<void> => {
      await this.#sender?.flush();
      await this.#broadcasts.close();
    };
    const leftMs = startedMs + timeoutMs - this.#realTime.monotonicMs();
    if ((await atMost(this.#realTime, Math.max(CLOSE_GRACE_MS, leftMs), end())) === 'timedOut')
      this.logger.warn(
        'Closing took too long: answers are not sent, or queues of this process not deleted',
      );
    this.#connection.close();
    this.#tell('disconnected');
  }

  /** `runWithProcessingHooks` gives nothing back once a hook is installed, so the outcome is carried past it. */
  readonly #hooked = (context: BaseRpcContext, work: () => Promise<void>): Promise<void> => {
    // Its five promises a message are for nothing where no hook is.
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
