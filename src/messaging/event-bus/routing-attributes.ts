import { InvalidRecordError } from '../../transport/errors/index.js';
import { EVENT_ATTRIBUTES } from './bus-event.js';

/** A value of a routing attribute: text → String, integer → Number, list → String.Array. */
export type RoutingValue = string | number | readonly (string | number | boolean | null)[];

/** Attributes of an event besides its names, for filter policies. */
export type RoutingAttributes = Readonly<Record<string, RoutingValue>>;

/** Reserved names; the transport writes the trace. */
const TAKEN: ReadonlySet<string> = new Set([...EVENT_ATTRIBUTES, 'traceparent', 'tracestate']);

/**
 * Refuses values that other programs of the bus cannot read: they support texts, integers, and lists of texts,
 * integers, booleans and nulls. The transport checks the names.
 *
 * @throws {InvalidRecordError} naming the attribute; nothing is sent then.
 */
export function checkRouting(
  routing: Readonly<Record<string, unknown>>,
): asserts routing is RoutingAttributes {
  for (const [name, value] of Object.entries(routing)) {
    const fault = TAKEN.has(name)
      ? 'is written by the event bus: choose another name'
      : faultOf(value);
    if (fault !== undefined) {
      throw new InvalidRecordError(`The routing attribute "${name}" ${fault}. Nothing was sent`);
    }
  }
}

function faultOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? 'is empty, which SNS refuses' : undefined;
  if (typeof value === 'number') return integerFault(value);
  if (!Array.isArray(value)) {
    return `is ${kindOf(value)}: an event takes text, integers and lists, so send it as text`;
  }
  for (const item of value as readonly unknown[]) {
    const fault = itemFault(item);
    if (fault !== undefined) return `has an item that ${fault}`;
  }
  return undefined;
}

function itemFault(item: unknown): string | undefined {
  if (typeof item === 'number') return integerFault(item);
  return typeof item === 'string' || typeof item === 'boolean' || item === null
    ? undefined
    : `is ${kindOf(item)}: a list takes text, integers, truth values and nulls`;
}

/** Beyond 2^53 − 1 a number is not exact. */
const integerFault = (value: number): string | undefined =>
  Number.isSafeInteger(value)
    ? undefined
    : `is ${value}, which is not an integer of at most 2^53 − 1: send it as text`;

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
