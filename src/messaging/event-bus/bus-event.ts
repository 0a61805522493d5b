/** A class whose instances are the payload of one event. */
export type PayloadClass<P extends object = object> = abstract new (...args: never[]) => P;

/** The metadata of an event. */
export interface BusEventMetadata {
  /** Whether the payload contains personal data, which is then kept out of logs. */
  readonly containsPersonalData: boolean;
  /** W3C; empty: none. */
  readonly tracestate: string;
  /** W3C; empty if the publisher wrote none. */
  readonly traceparent: string;
  /** Written by other publishers; this project writes an empty one. A secret: never log it. */
  readonly authorization: string;
  /** ISO 8601. */
  readonly publishDate: string;
  readonly entityId: string;
  /** `User`. */
  readonly entityName: string;
  /** `UserService`. */
  readonly publisherName: string;
  /** `UserRegistered`. */
  readonly eventName: string;
}

/**
 * One event of the bus. A handler's parameter of this class gets the whole event, its payload validated.
 *
 * @example
 * `@OnBusEvent(UserRegisteredPayload)`
 * welcome(`@Payload()` { metadata, payload }: BusEvent<UserRegisteredPayload>): Promise<void> {}
 */
export class BusEvent<P extends object = object> {
  constructor(
    readonly metadata: BusEventMetadata,
    readonly payload: P,
  ) {}
}

/** An event as its JSON has it: the payload's own names in lowerCamel. */
export type WireEvent = BusEvent<Readonly<Record<string, unknown>>>;

/** The default metadata, in the order in which it is written. */
export const NO_METADATA: BusEventMetadata = {
  containsPersonalData: false,
  tracestate: '',
  traceparent: '',
  authorization: '',
  publishDate: '',
  entityId: '',
  entityName: '',
  publisherName: '',
  eventName: '',
};

/** The attributes for filter policies. */
export const EVENT_ATTRIBUTES = ['entityName', 'publisherName', 'eventName'] as const;

const PATTERN_PREFIX = 'bus.';

/** Characters of an event's name. */
export const MAX_EVENT_NAME_LENGTH = 256;

/** The pattern of an event's handlers. */
export const busEventPattern = (eventName: string): string => `${PATTERN_PREFIX}${eventName}`;

/** Every event of a queue of the bus. */
export const BUS_EVENTS = `${PATTERN_PREFIX}*`;

/** The pattern with which an event is sent: the bus chooses the topic, not the client's routes. */
export const busTopicPattern = (topic: string, eventName: string): string =>
  `${PATTERN_PREFIX}${topic}:${eventName}`;
