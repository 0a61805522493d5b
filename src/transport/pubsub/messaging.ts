import { isBroker } from '../broker/broker-of.js';
import {
  InvalidOptionsError,
  SnsSqsServer,
  type QueueHealth,
  type SnsSqsContext,
} from '../index.js';
import { AwsClients } from '../../aws/index.js';
import type { PayloadShape } from '../validation/payload-shape.js';
import {
  EventPublisher,
  type NamedCall,
  type PublishCall,
  type PublishOptions,
} from './event.publisher.js';
import type { MessagingConfig, OpenBroker } from './messaging.config.js';
import { SubscriptionNotFoundError } from './pubsub.errors.js';
import { Subscriptions, type EventHandler } from './subscriptions.js';
import { namelessCall, patternOf, TopicDirectory } from './topic.directory.js';

/** Options of `runConsumer`. */
export interface RunOptions {
  /** Signals that close it, once handlers in flight have ended. @defaultValue none: the caller calls `close()` */
  readonly stopOn?: readonly NodeJS.Signals[];
}

/**
 * Typed publish/subscribe of one process, without a Nest application; `createMessaging` makes it.
 *
 * @example
 * const messaging = createMessaging(config);
 * messaging.subscribe('orders', OrderPlaced, (order) => bill(order));
 * await messaging.runConsumer({ stopOn: ['SIGTERM', 'SIGINT'] });
 */
export class Messaging {
  readonly #config: MessagingConfig;
  readonly #aws: OpenBroker;
  #own: AwsClients | undefined;
  readonly #directory: TopicDirectory;
  readonly #publisher: EventPublisher;
  readonly #subscriptions = new Subscriptions();
  #server: SnsSqsServer | undefined;
  #running: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #forgetSignals = (): void => undefined;

  /** @throws InvalidOptionsError for a configuration that does not hold. */
  constructor(config: MessagingConfig) {
    this.#config = config;
    this.#directory = new TopicDirectory(config);
    const { aws } = config;
    this.#aws = isOpen(aws) ? aws : (this.#own = new AwsClients(aws));
    this.#publisher = new EventPublisher(config, this.#aws);
  }

  /**
   * Publishes an event, and resolves when SNS has taken it.
   *
   * @param topic as the code calls it. Left out, it is the `topic` of the configuration.
   * @throws as `publishEvent` of EventPublisher.
   * @example
   * await messaging.publishEvent('orders', new OrderPlaced('o-1', 1200));
   */
  publishEvent(topic: string, event: object, options?: PublishOptions): Promise<void>;
  publishEvent(event: object, options?: PublishOptions): Promise<void>;
  publishEvent(...call: PublishCall): Promise<void> {
    return this.#publisher.publishEvent(...(call as NamedCall));
  }

  /**
   * Calls a handler with each event of a topic, as an instance of its class. Unknown fields are dropped; an event that
   * does not fit is dead-lettered. A topic may have several handlers, each of which gets every event.
   *
   * @param topic as the code calls it. Left out, it is the `topic` of the configuration.
   * @param shape a class with decorators of class-validator, or a Standard Schema.
   * @throws InvalidOptionsError once `runConsumer` was called; TypeError for what is neither class nor schema.
   * @example
   * messaging.subscribe('orders', OrderPlaced, (order) => console.log(order.id));
   */
  subscribe<T>(topic: string, shape: PayloadShape<T>, handler: EventHandler<T>): this;
  subscribe<T>(shape: PayloadShape<T>, handler: EventHandler<T>): this;
  subscribe<T>(
    ...call: [string, PayloadShape<T>, EventHandler<T>] | [PayloadShape<T>, EventHandler<T>]
  ): this {
    if (this.#running || this.#closed)
      throw new InvalidOptionsError(
        'The consumer runs already, or is closed: call subscribe() before runConsumer()',
      );
    if (call.length === 3 && typeof (call[0] as unknown) !== 'string')
      throw namelessCall('subscribe(topic, shape, handler)');
    const [topic, shape, handler] = call.length === 3 ? call : [undefined, ...call];
    this.#subscriptions.add(this.#directory.nameOf(topic), shape, handler);
    return this;
  }

  /**
   * Starts receiving the subscribed topics, and resolves once it receives; a second call returns the same promise. The
   * process runs until `close()` or a signal of `stopOn`. A failed start can be tried again.
   *
   * @throws SubscriptionNotFoundError without a subscription; TopologyError when AWS lacks a topic, a queue or the subscription
   * between them, and `provision` is not `create`; InvalidOptionsError for a class that checks nothing.
   */
  runConsumer({ stopOn = [] }: RunOptions = {}): Promise<void> {
    this.#running ??= this.#run(stopOn).catch((error: unknown) => {
      this.#running = undefined;
      throw error;
    });
    return this.#running;
  }

  /** The state of each consumed queue; empty before `runConsumer`. */
  health(): readonly QueueHealth[] {
    return this.#server?.health() ?? [];
  }

  /** Waits for handlers to end, sends waiting events, then closes. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #run(stopOn: readonly NodeJS.Signals[]): Promise<void> {
    const { topics } = this.#subscriptions;
    if (topics.length === 0)
      throw new SubscriptionNotFoundError(
        'No handler is subscribed to a topic. Call subscribe(topic, class, handler) before runConsumer().',
      );
    await this.#subscriptions.checkShapes();
    if (this.#closed) throw new InvalidOptionsError('Messaging is closed: make another one');
    const { provision, payloadBucket, server: options } = this.#config;
    const server = new SnsSqsServer({
      topology: this.#directory.consuming(topics),
      aws: this.#aws,
      ...(provision !== undefined && { provision }),
      ...(payloadBucket !== undefined && { payloadBucket }),
      ...options,
    });
    for (const topic of topics)
      for (const handle of this.#subscriptions.of(topic))
        server.addHandler(
          patternOf(topic),
          // Nest's type allows an answer; a handler's return value is awaited and dropped.
          (payload: unknown, context: SnsSqsContext) => handle(payload, context) as Promise<never>,
          true,
        );
    this.#server = server;
    await listening(server);
    this.#closeOn(stopOn);
  }

  #closeOn(signals: readonly NodeJS.Signals[]): void {
    if (this.#closed) return;
    const close = (): void => void this.close();
    // npm sends a signal a second time, which must not interrupt handlers that are ending; drainTimeoutMs bounds
    // closing.
    for (const signal of signals) process.on(signal, close);
    this.#forgetSignals = () => {
      for (const signal of signals) process.off(signal, close);
    };
  }

  async #close(): Promise<void> {
    await this.#server?.close();
    await this.#publisher.close();
    this.#own?.destroy();
    this.#forgetSignals();
  }
}

const isOpen = (aws: MessagingConfig['aws']): aws is OpenBroker =>
  aws instanceof AwsClients || isBroker(aws);

const listening = (server: SnsSqsServer): Promise<void> =>
  new Promise((resolve, reject) => {
    server.listen((error) => (error === undefined ? resolve() : reject(error)));
  });

/**
 * Typed publish/subscribe without a Nest application. Events are classes or schemas, and each topic has one queue. The
 * process's environment is not read.
 *
 * @throws InvalidOptionsError for a configuration that does not hold.
 * @example
 * const messaging = createMessaging({ aws: { region: 'eu-central-1' }, environment: 'production' });
 * messaging.subscribe('orders', OrderPlaced, (order) => bill(order));
 * await messaging.runConsumer();
 * await messaging.publishEvent('orders', new OrderPlaced('o-1', 1200));
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
 */
export const createMessaging = (config: MessagingConfig): Messaging => new Messaging(config);
