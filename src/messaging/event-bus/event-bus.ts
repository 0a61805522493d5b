import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import { messageGroupOf } from '../../transport/record/message-group.js';
import { isObject } from '../../common/objects.js';
import { isFifoName } from '../../common/resource-names.js';
import { Outbox, outboxEntry, type OutboxEntry } from '../../platform/outbox/index.js';
import { InvalidRecordError } from '../../transport/errors/index.js';
import { record, SnsSqsClient } from '../../transport/index.js';
import { continueTrace, currentTraceContext } from '../../transport/tracing/trace-context.js';
import { BusEvent, busTopicPattern, type PayloadClass, type WireEvent } from './bus-event.js';
import { EVENT_BUS_OPTIONS, type EventBusHook, type EventBusOptions } from './event-bus.options.js';
import { eventNamesOf } from './event-payload.decorator.js';
import { EventTopics } from './event-topics.js';
import { publishDate } from './publish-date.js';
import { checkRouting, type RoutingAttributes } from './routing-attributes.js';

/** The kind of outbox entries that are an event of the bus. */
const BUS_EVENT_KIND = 'bus-event';

const MAX_ENTITY_ID_LENGTH = 1_024;
/** Characters that SQS and SNS accept in a message group. */

export interface PublishOptions {
  /** Default: as the payload's class says. */
  readonly entityName?: string;
  /** Default: the payload's `id`, or else a new UUID. */
  readonly entityId?: string;
  /** Attributes for filter policies besides the event's names. Default: none. */
  readonly routing?: RoutingAttributes;
}

/** A checked event that only has to be published. It is JSON. */
export interface PreparedEvent {
  readonly event: WireEvent;
  readonly routing: RoutingAttributes;
}

/**
 * Publishes typed events to the topics of the bus.
 *
 * @example
 * await bus.publish(Object.assign(new UserRegisteredPayload(), { id: user.id, email: user.email }));
 */
@Injectable()
export class EventBus {
  readonly #logger = new Logger(EventBus.name);
  readonly #topics: EventTopics;
  readonly #hooks: readonly EventBusHook[];
  readonly #publisherName: string;

  /** @throws {TopologyError} for a pattern of a topic that no event can have. */
  constructor(
    @Inject(EVENT_BUS_OPTIONS) { publisherName, topics, hooks = [] }: EventBusOptions,
    private readonly client: SnsSqsClient,
    @Optional() private readonly outbox?: Outbox,
  ) {
    this.#publisherName = publisherName;
    this.#topics = new EventTopics(topics);
    this.#hooks = hooks;
    outbox?.handle(BUS_EVENT_KIND, (data, { id }) =>
      this.publishPrepared(data as PreparedEvent, id),
    );
  }

  /**
   * Publishes one event, and resolves when SNS has taken it.
   *
   * @param payload an instance of its payload class.
   * @returns the event as it was published.
   * @throws {ValidationFailedError} when the payload does not fit its class, {InvalidRecordError} for a class that names no
   * event or an attribute that events do not take, {NoRouteError} when no topic takes the event, and what a hook refuses
   * with: nothing was sent then.
   */
  async publish(payload: object, options: PublishOptions = {}): Promise<WireEvent> {
    const prepared = await this.prepare(payload, options);
    await this.#send(prepared, randomUUID());
    return prepared.event;
  }

  /**
   * The event as an entry of the outbox: written into a document by the update the event is about, it is published
   * exactly if that update was made.
   *
   * @throws as `publish`.
   * @example
   * await users.updateOne(filter, { $set: { email }, ...pushing(await bus.entry(emailChanged)) });
   */
  async entry(payload: object, options: PublishOptions = {}): Promise<OutboxEntry> {
    if (this.outbox === undefined) {
      throw new InvalidRecordError(
        'EventBus.entry() requires an outbox that publishes the entry. Import OutboxModule and PersistenceModule',
      );
    }
    const prepared = await this.prepare(payload, options);
    return outboxEntry(BUS_EVENT_KIND, prepared, { key: BUS_EVENT_KIND });
  }

  /**
   * Makes and checks the event, before anything is stored or sent; for code that keeps events in its own kind of outbox
   * entries.
   *
   * @throws as `publish`.
   */
  async prepare(
    payload: object,
    { entityId, entityName, routing = {} }: PublishOptions = {},
  ): Promise<PreparedEvent> {
    const type = classOf(payload);
    const { eventName, containsPersonalData, ...names } = eventNamesOf(type);
    checkRouting(routing);
    this.#topics.topicOf(eventName);
    const { validPayload, wirePayload } = await import('./payload-class.js');
    const written = wirePayload(payload);
    // Validated in the form that subscribers read.
    await validPayload(type, structuredClone(written));
    const metadata = {
      containsPersonalData,
      ...traceFields(),
      authorization: '',
      publishDate: publishDate(Date.now()),
      entityId: entityIdOf(entityId ?? written['id']),
      entityName: entityName ?? names.entityName,
      publisherName: this.#publisherName,
      eventName,
    };
    const event = new BusEvent(metadata, written);
    for (const { beforePublish } of this.#hooks) await beforePublish?.(event);
    return { event, routing };
  }

  /**
   * Publishes a prepared event, in the trace in which it was prepared. The id is the message's id, the same at every
   * attempt.
   */
  publishPrepared(prepared: PreparedEvent, id: string): Promise<void> {
    return continueTrace(prepared.event.metadata.traceparent, () => this.#send(prepared, id));
  }

  async #send({ event, routing }: PreparedEvent, id: string): Promise<void> {
    const { entityId, eventName } = event.metadata;
    const topic = this.#topics.topicOf(eventName);
    const message = record(event).withId(id).withAttributes(routing);
    // Events of one entity stay in order.
    if (isFifoName(topic)) message.withGroup(messageGroupOf(entityId));
    const pattern = busTopicPattern(topic, eventName);
    await lastValueFrom(this.client.emit(pattern, message.build()), { defaultValue: undefined });
    for (const { afterPublish } of this.#hooks) {
      try {
        await afterPublish?.(event);
      } catch (error) {
        this.#logger.error(
          { eventName, entityId, error: String(error) },
          'Hook failed after an event was published',
        );
      }
    }
  }
}

function classOf(payload: object): PayloadClass {
  const type: unknown = isObject(payload) && payload.constructor;
  if (typeof type !== 'function' || type === Object || type === Array) {
    throw new InvalidRecordError(
      'The event bus publishes instances of payload classes, whose name the event has: new UserRegisteredPayload(…)',
    );
  }
  return type as PayloadClass;
}

const traceFields = (): { readonly tracestate: string; readonly traceparent: string } => {
  const { traceparent, tracestate } = currentTraceContext();
  return { tracestate, traceparent };
};

function entityIdOf(given: unknown): string {
  if (given === undefined || given === null) return randomUUID();
  const id = typeof given === 'string' || typeof given === 'number' ? String(given) : '';
  if (id === '' || id.length > MAX_ENTITY_ID_LENGTH) {
    throw new InvalidRecordError(
      `The id of an event's entity must be a text of 1 to ${MAX_ENTITY_ID_LENGTH} characters: give it as entityId`,
    );
  }
  return id;
}
