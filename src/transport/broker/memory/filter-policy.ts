import { isJsonObject } from '../../../common/objects.js';
import type { WireAttribute } from '../../codec/attributes.js';

type Value = string | number | boolean | null;
/** Values of one key of a message; undefined where it has none. */
type Values = readonly Value[] | undefined;
type Condition = Value | Readonly<Record<string, unknown>>;
type Lookup = (path: readonly string[]) => Values;

/**
 * Whether SNS lets a message through.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
export function fitsFilterPolicy(
  policy: object,
  message: { readonly body: string; readonly attributes: Readonly<Record<string, WireAttribute>> },
  scope: string | undefined,
): boolean {
  if (Object.keys(policy).length === 0) return true;
  if (scope !== 'MessageBody')
    return fits(policy, (path) => ofAttributes(message.attributes, path));
  let body: unknown;
  try {
    body = JSON.parse(message.body);
  } catch {
    return false;
  }
  return isJsonObject(body) && fits(policy, (path) => ofBody(body, path));
}

function fits(policy: object, lookup: Lookup, path: readonly string[] = []): boolean {
  return Object.entries(policy).every(([key, wanted]: [string, unknown]) => {
    if (key === '$or' && Array.isArray(wanted))
      return wanted.some((one) => isJsonObject(one) && fits(one, lookup, path));
    const at = [...path, key];
    if (!Array.isArray(wanted)) return isJsonObject(wanted) && fits(wanted, lookup, at);
    const values = lookup(at);
    return wanted.some((condition) => fitsAny(condition as Condition, values));
  });
}

function fitsAny(condition: Condition, values: Values): boolean {
  if (isJsonObject(condition) && 'exists' in condition)
    return (values !== undefined) === condition['exists'];
  // A list fits anything-but where none of its values is excluded.
  if (isJsonObject(condition) && 'anything-but' in condition)
    return values?.every((value) => !excluded(condition['anything-but'], value)) ?? false;
  return values?.some((value) => fitsOne(condition, value)) ?? false;
}

function fitsOne(condition: Condition, value: Value): boolean {
  if (!isJsonObject(condition)) return condition === value;
  return Object.entries(condition).every(([operator, operand]) => {
    if (operator === 'numeric') return typeof value === 'number' && inRange(operand, value);
    return typeof value === 'string' && (OF_TEXT[operator]?.(value, String(operand)) ?? false);
  });
}

const OF_TEXT: Readonly<Record<string, (value: string, operand: string) => boolean>> = {
  prefix: (value, operand) => value.startsWith(operand),
  suffix: (value, operand) => value.endsWith(operand),
  wildcard: (value, operand) => wildcard(operand).test(value),
  'equals-ignore-case': (value, operand) => value.toLowerCase() === operand.toLowerCase(),
};

const wildcard = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split('*')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('.*')}$`,
    's',
  );

const excluded = (operand: unknown, value: Value): boolean =>
  (Array.isArray(operand) ? operand : [operand]).some((one) => fitsOne(one as Condition, value));

const COMPARE: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function inRange(operand: unknown, value: number): boolean {
  const parts: unknown[] = Array.isArray(operand) ? operand : [];
  return parts.every(
    (part, index) =>
      index % 2 === 1 || (COMPARE[String(part)]?.(value, Number(parts[index + 1])) ?? false),
  );
}

function ofAttributes(
  attributes: Readonly<Record<string, WireAttribute>>,
  [name = '', ...nested]: readonly string[],
): Values {
  const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (!attribute || nested.length > 0 || !('StringValue' in attribute)) return undefined;
  const { DataType: type, StringValue: text } = attribute;
  if (type.startsWith('Number')) return [Number(text)];
  return type === 'String.Array' ? listOf(text) : [text];
}

function listOf(text: string): readonly Value[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? (list as Value[]) : [text];
  } catch {
    return [text];
  }
}

function ofBody(body: unknown, path: readonly string[]): Values {
  const [key, ...rest] = path;
  if (Array.isArray(body)) {
    const values = body.flatMap((one) => ofBody(one, path) ?? []);
    return values.length > 0 ? values : undefined;
  }
  if (key === undefined) return isJsonObject(body) ? undefined : [body as Value];
  return isJsonObject(body) && Object.hasOwn(body, key) ? ofBody(body[key], rest) : undefined;
}
