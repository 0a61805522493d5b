import { isJsonObject } from '../../../../common/objects.js';
import type { WireAttribute } from '../../broker.js';
import { fitsWildcards } from '../../../topology/declare/wildcards.js';

type Attributes = Readonly<Record<string, WireAttribute>>;
/** Values of one key of a message; undefined where it has none. */
type Values = readonly unknown[] | undefined;
type Lookup = (path: readonly string[]) => Values;

/**
 * Whether SNS lets a message through.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
export function fitsFilterPolicy(
  policy: object,
  { body, attributes }: { readonly body: string; readonly attributes: Attributes },
  scope: string | undefined,
): boolean {
  if (Object.keys(policy).length === 0) return true;
  if (scope !== 'MessageBody') return fits(policy, (path) => ofAttributes(attributes, path));
  const value = parsed(body);
  return isJsonObject(value) && fits(policy, (path) => ofBody(value, path));
}

function fits(policy: object, lookup: Lookup, path: readonly string[] = []): boolean {
  return Object.entries(policy).every(([key, wanted]: [string, unknown]) => {
    if (key === '$or' && Array.isArray(wanted))
      return wanted.some((one) => isJsonObject(one) && fits(one, lookup, path));
    const at = [...path, key];
    if (!Array.isArray(wanted)) return isJsonObject(wanted) && fits(wanted, lookup, at);
    return wanted.some((condition) => fitsAny(condition, lookup(at)));
  });
}

function fitsAny(condition: unknown, values: Values): boolean {
  if (!isJsonObject(condition)) return values?.includes(condition) ?? false;
  const { exists, 'anything-but': excluded } = condition;
  if (exists !== undefined) return (values !== undefined) === exists;
  if (excluded === undefined) return values?.some((value) => fitsAll(condition, value)) ?? false;
  // A list fits anything-but where none of its values is excluded.
  return values?.every((value) => ![excluded].flat().some((one) => fitsOne(one, value))) ?? false;
}

const fitsOne = (condition: unknown, value: unknown): boolean =>
  isJsonObject(condition) ? fitsAll(condition, value) : condition === value;

const fitsAll = (condition: Readonly<Record<string, unknown>>, value: unknown): boolean =>
  Object.entries(condition).every(([operator, operand]) => {
    if (typeof value === 'number') return operator === 'numeric' && inRange(operand, value);
    return typeof value === 'string' && (OF_TEXT[operator]?.(value, String(operand)) ?? false);
  });

type Comparison<T> = (value: T, operand: T) => boolean;

const OF_TEXT: Readonly<Record<string, Comparison<string>>> = {
  prefix: (value, operand) => value.startsWith(operand),
  suffix: (value, operand) => value.endsWith(operand),
  wildcard: (value, operand) => fitsWildcards(operand, value, '*'),
  'equals-ignore-case': (value, operand) => value.toLowerCase() === operand.toLowerCase(),
};

const OF_NUMBERS: Readonly<Record<string, Comparison<number>>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** @param operand such as `['>', 0, '<=', 10]`. */
function inRange(operand: unknown, value: number): boolean {
  const parts: unknown[] = Array.isArray(operand) ? operand : [];
  return parts.every(
    (part, index) =>
      index % 2 === 1 || (OF_NUMBERS[String(part)]?.(value, Number(parts[index + 1])) ?? false),
  );
}

function ofAttributes(attributes: Attributes, [name = '', ...nested]: readonly string[]): Values {
  const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (!attribute || nested.length > 0 || !('StringValue' in attribute)) return undefined;
  const { DataType: type, StringValue: text } = attribute;
  if (type.startsWith('Number')) return [Number(text)];
  const list = type === 'String.Array' ? parsed(text) : undefined;
  return Array.isArray(list) ? list : [text];
}

function ofBody(body: unknown, path: readonly string[]): Values {
  const [key, ...rest] = path;
  if (Array.isArray(body)) {
    const values = body.flatMap((one) => ofBody(one, path) ?? []);
    return values.length > 0 ? values : undefined;
  }
  if (key === undefined) return isJsonObject(body) ? undefined : [body];
  return isJsonObject(body) && Object.hasOwn(body, key) ? ofBody(body[key], rest) : undefined;
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
