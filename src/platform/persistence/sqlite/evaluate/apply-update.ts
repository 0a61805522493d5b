import { isObject } from '../../../../common/objects.js';
import type { Update } from '../../document-collection.js';
import { equalities, parseEntryTest, type FilterNode } from '../../parse-filter.js';
import { InvalidQueryError } from '../../persistence.errors.js';
import { MAX_LIST_BACKFILL } from '../../persistence.constants.js';
import { compareValues } from './compare.js';
import { isPulled } from './match.js';
import { fieldOf, isIndex, isRecord } from './paths.js';

/** An object or a list, and the position in it that a path ends at. */
interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string;
}

type Change = (old: unknown, operand: unknown, path: string) => unknown;

const CHANGES: Readonly<Record<string, Change>> = {
  $set: (_old, operand) => operand,
  $setOnInsert: (_old, operand) => operand,
  $inc: (old, operand, path) => sum(numberAt(old, path), Number(operand), path),
  $max: (old, operand) => (old === undefined || compareValues(old, operand) < 0 ? operand : old),
  $min: (old, operand) => (old === undefined || compareValues(old, operand) > 0 ? operand : old),
  $push: pushed,
  $addToSet: (old, operand, path) => {
    const list = [...listAt(old, path)];
    for (const value of eachOf(operand)) {
      if (!list.some((entry) => compareValues(entry, value) === 0)) list.push(value);
    }
    return list;
  },
};

/**
 * Changes `document` in place as a checked update says; `$setOnInsert` only when
 * `inserting`.
 *
 * @throws {InvalidQueryError} when a path leads through a value that is neither an
 * object nor a list, or holds another type than the operator needs.
 */
export function applyUpdate<T extends object>(
  document: T,
  update: Update<T>,
  inserting: boolean,
): void {
  for (const [operator, fields] of Object.entries(update)) {
    if (operator === '$setOnInsert' && !inserting) continue;
    for (const [path, operand] of Object.entries(fields ?? {})) {
      if (operator === '$unset') unset(document, path);
      else if (operator === '$pull') pull(document, path, operand);
      else write(document, path, operator, operand);
    }
  }
}

/** The initial fields of an upserted document: those that its filter requires to equal a value. */
export function documentFrom(filter: FilterNode): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const [path, value] of equalities(filter)) write(document, path, '$set', value);
  return document;
}

function write(document: object, path: string, operator: string, operand: unknown): void {
  const { holder, key } = placeOf(document, path, true);
  const change = CHANGES[operator];
  if (change === undefined) throw new InvalidQueryError(`No such update operator: ${operator}`);
  if (!Array.isArray(holder)) {
    holder[key] = change(fieldOf(holder, key), operand, path);
    return;
  }
  const index = indexOf(holder, key, path);
  while (holder.length < index) holder.push(null);
  holder[index] = change(holder[index], operand, path);
}

function unset(document: object, path: string): void {
  const place = placeOf(document, path, false);
  if (place === undefined) return;
  const { holder, key } = place;
  if (!Array.isArray(holder)) delete holder[key];
  else if (isIndex(key) && Number(key) < holder.length) holder[Number(key)] = null;
}

function pull(document: object, path: string, operand: unknown): void {
  const place = placeOf(document, path, false);
  if (place === undefined) return;
  const { holder, key } = place;
  const list = partOf(holder, key);
  if (list === undefined) return;
  const test = parseEntryTest(operand, path);
  const kept = listAt(list, path).filter((entry) => !isPulled(entry, test));
  if (Array.isArray(holder)) holder[Number(key)] = kept;
  else holder[key] = kept;
}

function placeOf(document: object, path: string, create: true): Place;
function placeOf(document: object, path: string, create: false): Place | undefined;
function placeOf(document: object, path: string, create: boolean): Place | undefined {
  const parts = path.split('.');
  const key = parts.pop() ?? '';
  let holder: unknown = document;
  for (const part of parts) {
    let next = partOf(holder, part);
    if (next === undefined && !create) return undefined;
    if (next === undefined && isObject(holder)) {
      next = {};
      write(holder, part, '$set', next);
    }
    holder = next;
  }
  if (isRecord(holder) || Array.isArray(holder)) return { holder, key };
  if (!create) return undefined;
  throw new InvalidQueryError(`${path} leads through a value that has no fields`);
}

/** The value of a field, or at a position of a list. */
function partOf(holder: unknown, part: string): unknown {
  if (!Array.isArray(holder)) return fieldOf(holder, part);
  return isIndex(part) ? holder[Number(part)] : undefined;
}

function indexOf(list: unknown[], key: string, path: string): number {
  const index = isIndex(key) ? Number(key) : Number.NaN;
  if (Number.isNaN(index) || index - list.length > MAX_LIST_BACKFILL) {
    throw new InvalidQueryError(`${path} is not a place in a list`);
  }
  return index;
}

function pushed(old: unknown, operand: unknown, path: string): unknown[] {
  const list = [...listAt(old, path), ...eachOf(operand)];
  const slice = fieldOf(operand, '$slice');
  if (typeof slice !== 'number') return list;
  if (slice === 0) return [];
  return slice > 0 ? list.slice(0, slice) : list.slice(slice);
}

function eachOf(operand: unknown): unknown[] {
  const each = fieldOf(operand, '$each');
  return Array.isArray(each) ? each : [operand];
}

function listAt(old: unknown, path: string): unknown[] {
  if (old === undefined) return [];
  if (Array.isArray(old)) return old;
  throw new InvalidQueryError(`${path} is not a list`);
}

function sum(old: number, amount: number, path: string): number {
  const result = old + amount;
  if (Number.isFinite(result)) return result;
  throw new InvalidQueryError(`$inc of ${path} goes beyond the largest number`);
}

function numberAt(old: unknown, path: string): number {
  if (old === undefined) return 0;
  if (typeof old === 'number') return old;
  throw new InvalidQueryError(`${path} is not a number`);
}
