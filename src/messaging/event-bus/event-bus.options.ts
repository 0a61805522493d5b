import { InvalidOptionsError } from '../../transport/errors/index.js';
import { unsetFault } from '../../transport/topology/declare/pattern.js';
import type { QueueDeclaration, SubscriptionDeclaration } from '../../transport/topology/index.js';
import type { WireEvent, PayloadClass } from './bus-event.js';
import type { UnknownEvents } from './bus-event.codec.js';
import type { EventTopicsDeclaration } from './event-topics.js';

/** Called before and after each event is published. */
export interface EventBusHook {
  /** May refuse an event by throwing: nothing is sent then, and the caller of `publish` gets the error. */
  readonly beforePublish?: (event: WireEvent) => Promise<void> | void;
  /**
   * Called when SNS has taken the event. Its errors are logged, because the event is already published. Called again if
   * an event had to be published again.
   */
  readonly afterPublish?: (event: WireEvent) => Promise<void> | void;
}

/** A queue of the bus: the events it gets, and how its messages are handled. */
export interface EventQueueOptions extends Pick<
  QueueDeclaration,
  | 'name'
  | 'visibilityTimeoutS'
  | 'retentionS'
  | 'timeoutMs'
  | 'retry'
  | 'concurrency'
  | 'idempotent'
  | 'deadLetter'
  | 'tags'
  | 'encryption'
> {
  /** Topics by name or ARN. Default: those this bus publishes to. */
  readonly from?: readonly string[];
  /** Payload classes of the events that SNS lets through, by its filter policy. Default: every event. */
  readonly events?: readonly PayloadClass[];
  /** More conditions of the filter policy, such as `{ publisherName: ['UserService'] }`. Default: none. */
  readonly filterPolicy?: SubscriptionDeclaration['filterPolicy'];
  /** What happens to events that no handler takes: `acknowledge` counts them. Default: acknowledge. */
  readonly unknown?: UnknownEvents;
}

/**
 * An event bus: the same options make its topology and its module.
 *
 * @example
 * export const USER_BUS: EventBusOptions = {
 *   publisherName: 'UserService',
 *   topics: 'users',
 *   queues: [{ name: 'user-events', events: [UserRegisteredPayload] }],
 * };
 */
export interface EventBusOptions {
  /** The name of this program in its events: `UserService`. */
  readonly publisherName: string;
  /**
   * The destination of events: one topic, or topics by the name of the event. Default: none, for a program that only
   * subscribes.
   */
  readonly topics?: EventTopicsDeclaration;
  /** Queues that receive events. Default: none. */
  readonly queues?: readonly EventQueueOptions[];
  /** Called in their order. Default: none. */
  readonly hooks?: readonly EventBusHook[];
}

/** Injection token of `EventBusOptions`. */
export const EVENT_BUS_OPTIONS = Symbol('EVENT_BUS_OPTIONS');

const PUBLISHER = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,256}$/u;

/** @throws {InvalidOptionsError} for a publisher that events could not name. */
export function checkPublisher({ publisherName }: Pick<EventBusOptions, 'publisherName'>): void {
  const fault =
    unsetFault(publisherName) ??
    (PUBLISHER.test(publisherName)
      ? undefined
      : 'must have 1 to 256 characters and no control characters');
  if (fault !== undefined) {
    throw new InvalidOptionsError(`The event bus has the option publisherName, which ${fault}`);
  }
}
