import { lastValueFrom } from 'rxjs';

import { isFifoName } from '../../common/resource-names.js';
import {
  ClientClosedError,
  InvalidRecordError,
  SnsSqsClient,
  SnsSqsRecord,
  TopologyError,
} from '../index.js';
import type { AttributeValue } from '../record/sns-sqs.record.js';
import type { PayloadShape } from '../validation/payload-shape.js';
import { writeEvent } from './event.writer.js';
import type { MessagingConfig, OpenBroker } from './messaging.config.js';
import { TopicNotFoundError } from './pubsub.errors.js';
import { namelessCall, patternOf, TopicDirectory } from './topic.directory.js';

/** Options of one call of `publishEvent`. */
export interface PublishOptions {
  /** FIFO message group, 1 to 128 printable ASCII characters without spaces; a FIFO topic needs it. @defaultValue none */
  readonly group?: string;
  /** Deduplication id of a FIFO topic. @defaultValue a new UUID */
  readonly id?: string;
  /** Attributes for the filter policies of subscriptions; at most 10, or 8 if the process traces. @defaultValue none */
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /**
   * Validates an event that is no instance of a class with checks: a Standard Schema, or a class.
   *
   * @defaultValue the event's own class
   */
  readonly schema?: PayloadShape;
}

/** The arguments of `publishEvent` with a topic. */
export type NamedCall = [topic: string, event: object, options?: PublishOptions | undefined];

/** The arguments of `publishEvent`, whose topic may be left out. */
export type PublishCall = NamedCall | [event: object, options?: PublishOptions | undefined];

/**
 * Publishes typed events. `PubSubModule` provides it, to be injected anywhere; without Nest `createMessaging` has one.
 *
 * @example
 * constructor(private readonly events: EventPublisher) {}
 * place(order: Order): Promise<void> {
 *   return this.events.publishEvent('orders', new OrderPlaced(order));
 * }
 * @see https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
 */
export class EventPublisher {
  readonly #config: MessagingConfig;
  readonly #directory: TopicDirectory;
  readonly #aws: OpenBroker;
  readonly #clients = new Map<string, SnsSqsClient>();
  /** Closings of clients whose topic does not exist. */
  readonly #closing = new Set<Promise<void>>();
  #closed: Promise<void> | undefined;

  /**
   * @param aws the SDK clients, or the driver of another broker, that it sends by; they stay open.
   * @throws InvalidOptionsError for an invalid configuration.
   */
  constructor(config: MessagingConfig, aws: OpenBroker) {
    this.#config = config;
    this.#aws = aws;
    this.#directory = new TopicDirectory(config);
  }

  /**
   * Publishes an event, and resolves when SNS has taken it. The event is first validated in the form its consumers
   * read: as JSON.
   *
   * @param topic the topic's name in the code. @defaultValue the `topic` of the configuration
   * @throws ValidationFailedError for an event that does not fit; TopicNotFoundError; MessageTooLargeError;
   * InvalidRecordError for values that SNS refuses; ClientClosedError after `close()`; SendFailedError, or the SDK's
   * error, when SNS did not take it.
   * @example
   * await events.publishEvent('orders', new OrderPlaced('o-1', 1200));
   */
  publishEvent(topic: string, event: object, options?: PublishOptions): Promise<void>;
  publishEvent(event: object, options?: PublishOptions): Promise<void>;
  async publishEvent(...call: PublishCall): Promise<void> {
    const [topic, event, options = {}] = isNamed(call) ? call : [undefined, ...call];
    if (event === undefined) throw namelessCall('publishEvent(topic, event)');
    const name = this.#directory.nameOf(topic);
    if (this.#closed) throw new ClientClosedError('The publisher is closed');
    if (options.group === undefined && isFifoName(this.#directory.addressOf(name)))
      throw new InvalidRecordError(
        `Topic "${name}" is FIFO and needs a message group: publishEvent(topic, event, { group })`,
      );
    const body = await writeEvent(name, event, options.schema);
    await this.#send(name, new SnsSqsRecord(body, sendingOf(options)));
  }

  /** Sends waiting events. Called by Nest, and by `close()` of `createMessaging`. */
  close(): Promise<void> {
    this.#closed ??= Promise.all([
      ...[...this.#clients.values()].map((client) => client.close()),
      ...this.#closing,
    ]).then(() => undefined);
    return this.#closed;
  }

  /** Called by Nest when every handler has ended. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  async #send(topic: string, event: SnsSqsRecord): Promise<void> {
    const client = this.#client(topic);
    try {
      await lastValueFrom(client.emit(patternOf(topic), event), { defaultValue: undefined });
    } catch (error) {
      if (!tellsOfNoTopic(error, this.#directory.addressOf(topic))) throw error;
      // The next call looks the topic up again, as it may exist by then.
      if (this.#clients.get(topic) === client) this.#clients.delete(topic);
      const closing = client.close().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
      throw new TopicNotFoundError(topic, this.#aws.region, { cause: error });
    }
  }

  /** One client for each topic, because a topic need not be known before the first event. */
  #client(topic: string): SnsSqsClient {
    const known = this.#clients.get(topic);
    if (known) return known;
    if (this.#closed) throw new ClientClosedError('The publisher is closed');
    const { provision, payloadBucket, client: options } = this.#config;
    const client = new SnsSqsClient({
      topology: this.#directory.publishing(topic),
      aws: this.#aws,
      ...(provision !== undefined && { provision }),
      ...(payloadBucket !== undefined && { payloadBucket }),
      ...options,
    });
    this.#clients.set(topic, client);
    return client;
  }
}

const isNamed = (call: PublishCall): call is NamedCall => typeof call[0] === 'string';

const sendingOf = ({
  schema: _schema,
  ...sending
}: PublishOptions): Omit<PublishOptions, 'schema'> => sending;

/** The error names of SNS and of the broker in memory; a missing payload bucket has another one. */
const NO_TOPIC: ReadonlySet<string> = new Set(['NotFoundException', 'NotFound']);

/** Before the first event the topology reports a missing topic, later SNS does. */
function tellsOfNoTopic(error: unknown, address: string): boolean {
  if (!(error instanceof TopologyError)) return error instanceof Error && NO_TOPIC.has(error.name);
  const { differences } = error.details;
  return Array.isArray(differences) && differences.includes(`topic ${address} does not exist`);
}
