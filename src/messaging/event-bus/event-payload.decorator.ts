import { InvalidRecordError } from '../../transport/errors/index.js';
import { MAX_EVENT_NAME_LENGTH, type PayloadClass } from './bus-event.js';

const OPTIONS = 'weft:event-payload';
const SUFFIX = /Payload$/;
/** `OrderLineShipped` begins with `Order`. */
const FIRST_WORD = /^\p{Lu}[\p{Ll}\p{N}]*/u;
const NAME = /^\p{L}[\p{L}\p{N}_.-]*$/u;

export interface EventPayloadOptions {
  /** The entity that events are about: its class, or the class's name. Default: the first word of the event's name, `User` of `UserRegistered`. */
  readonly entity?: string | (abstract new (...args: never[]) => object);
  /** The event's name, for builds that change the names of classes. Default: the name of the class without `Payload`. */
  readonly name?: string;
  /** Whether payloads contain personal data. Default: false. */
  readonly containsPersonalData?: boolean;
}

/**
 * Adds facts to a payload class that its name does not contain.
 *
 * @example
 * `@EventPayload({ entity: OrderLine, containsPersonalData: true })`
 * export class OrderLineShippedPayload { … }
 */
export const EventPayload =
  (options: EventPayloadOptions): ClassDecorator =>
  (target) =>
    Reflect.defineMetadata(OPTIONS, options, target);

/** The names of a payload class's events. */
interface EventNames {
  /** `UserRegistered` of `UserRegisteredPayload`. */
  readonly eventName: string;
  /** `User`. */
  readonly entityName: string;
  readonly containsPersonalData: boolean;
}

const known = new WeakMap<object, EventNames>();

/**
 * The names of a payload class's events; the names derive from the name of the class.
 *
 * @throws {InvalidRecordError} for a class that names no event.
 */
export function eventNamesOf(type: PayloadClass): EventNames {
  const found = known.get(type);
  if (found) return found;
  const own = Reflect.getOwnMetadata(OPTIONS, type) as EventPayloadOptions | undefined;
  const { name, entity, containsPersonalData = false } = own ?? {};
  const eventName = name ?? type.name.replace(SUFFIX, '');
  if (type === Object || !NAME.test(eventName) || eventName.length > MAX_EVENT_NAME_LENGTH) {
    throw new InvalidRecordError(
      `The class "${type.name}" does not name an event. Call it after the event, such as UserRegisteredPayload, or name the event by @EventPayload({ name })`,
    );
  }
  const entityName =
    (typeof entity === 'function' ? entity.name : entity) ??
    FIRST_WORD.exec(eventName)?.[0] ??
    eventName;
  const names = { eventName, entityName, containsPersonalData };
  known.set(type, names);
  return names;
}
