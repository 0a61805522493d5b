import type { Scalar } from '../../document-collection.js';
import type { Comparison, ElemMatch, EntryTest, FilterNode, Test } from '../../parse-filter.js';
import { compareValues, sameType } from './compare.js';
import { comparedAt } from './compared.values.js';
import { isRecord } from './paths.js';

/** Whether an operator holds, by the order of value and operand of one type. */
const HOLDS: Readonly<Record<Exclude<Comparison, '$ne'>, (order: number) => boolean>> = {
  $eq: (order) => order === 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};

/** Whether the document matches, by MongoDB's rules. */
export function matches(document: unknown, filter: FilterNode): boolean {
  if (filter.kind === 'field') {
    const { values, whole } = comparedAt(document, filter.path);
    return allHold(values, filter.tests, whole.size === 0 ? withEntries : entriesBut(whole));
  }
  return filter.kind === '$and'
    ? filter.parts.every((part) => matches(document, part))
    : filter.parts.some((part) => matches(document, part));
}

/** Whether `$pull` removes an entry of a list. */
export function isPulled(entry: unknown, test: EntryTest): boolean {
  if (test.kind === '$eq') return equals(entry, test.operand);
  if ('tests' in test) return allHold([entry], test.tests, withEntries);
  return isRecord(entry) && matches(entry, test.filter);
}

/** Whether one of the values satisfies a predicate. */
type Some = (values: readonly unknown[], predicate: (value: unknown) => boolean) => boolean;

/** A list among the values at a path also stands for its entries. */
const withEntries: Some = (values, predicate) =>
  values.some((value) => predicate(value) || (Array.isArray(value) && value.some(predicate)));

const entriesBut =
  (whole: ReadonlySet<unknown>): Some =>
  (values, predicate) =>
    values.some((value) => (whole.has(value) ? predicate(value) : withEntries([value], predicate)));

/** An entry that is a list itself stands for nothing else. */
const asTheyAre: Some = (values, predicate) => values.some(predicate);

function allHold(values: readonly unknown[], tests: readonly Test[], some: Some): boolean {
  return tests.every((test) => holds(values, test, some));
}

function holds(values: readonly unknown[], test: Test, some: Some): boolean {
  if (test.kind === '$exists') return values.some((value) => value !== undefined) === test.expected;
  if (test.kind === '$not') return !allHold(values, test.tests, some);
  if (test.kind === '$elemMatch') {
    return values.some((value) => Array.isArray(value) && value.some((e) => fits(e, test)));
  }
  if ('operands' in test) {
    const found = some(values, (value) => test.operands.some((other) => equals(value, other)));
    return found === (test.kind === '$in');
  }
  const { kind, operand } = test;
  if (kind === '$ne') return !some(values, (value) => equals(value, operand));
  return some(
    values,
    (value) => sameType(value, operand) && HOLDS[kind](compareValues(value, operand)),
  );
}

/** Whether one entry of a list matches. To a filter over fields, a list has its positions as fields. */
function fits(entry: unknown, test: ElemMatch): boolean {
  if ('tests' in test) return allHold([entry], test.tests, asTheyAre);
  if (Array.isArray(entry)) return matches(Object.fromEntries(entry.entries()), test.filter);
  return isRecord(entry) && matches(entry, test.filter);
}

function equals(value: unknown, operand: Scalar): boolean {
  return compareValues(value, operand) === 0;
}
