import { inspect } from 'node:util';

import { isObject } from '../../../common/objects.js';
import { patternTextFault, missingFault } from '../../topology/declare/pattern.js';

/** The depth and width to which Nest writes an object's route; beyond them different objects get the same route. */
const MAX_DEPTH = 5;
const MAX_KEYS = 20;
/**
 * Why no message can ever have this pattern; undefined if one can.
 *
 * @param pattern as it was given to a decorator.
 */
export const patternFault = (pattern: unknown): string | undefined =>
  typeof pattern === 'string'
    ? patternTextFault(pattern)
    : (missingFault(pattern) ?? valueFault(pattern, 0));

function valueFault(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return undefined;
  if (depth > 0 && (typeof value === 'boolean' || value === null)) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : notAPattern(value);
  if (!isPlain(value)) return notAPattern(value);
  const fields = Object.values(value);
  if (depth > MAX_DEPTH || fields.length > MAX_KEYS)
    return `is an object of more than ${MAX_KEYS} fields or ${MAX_DEPTH} levels, which Nest cuts off`;
  if (depth === 0 && fields.length === 0) return 'is an empty object: give it a text';
  return fields.map((field) => valueFault(field, depth + 1)).find((fault) => fault !== undefined);
}

const notAPattern = (value: unknown): string =>
  `holds ${inspect(value, { depth: 0 }).slice(0, 80)}: a pattern is a text, a number or a plain object of these`;

function isPlain(value: unknown): value is object {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
