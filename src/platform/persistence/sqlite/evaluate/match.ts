import type { Scalar } from '../../document-collection.js';
import type { Comparison, ElemMatch, FilterNode, Test } from '../../parse-filter.js';
import { compareValues, sameType } from './compare.js';
import { isRecord, valuesAt } from './paths.js';

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
  if (filter.kind === 'field') return allHold(valuesAt(document, filter.path), filter.tests);
  return filter.kind === '$and'
    ? filter.parts.every((part) => matches(document, part))
    : filter.parts.some((part) => matches(document, part));
}

/** `values` are those at one path; a list among them also stands for its entries. */
function allHold(values: unknown[], tests: readonly Test[]): boolean {
  return tests.every((test) => holds(values, test));
}

function holds(values: unknown[], test: Test): boolean {
  if (test.kind === '$exists') return values.some((value) => value !== undefined) === test.expected;
  if (test.kind === '$not') return !allHold(values, test.tests);
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

/** Whether one entry of a list matches. */
export function fits(element: unknown, test: ElemMatch): boolean {
  if ('tests' in test) return allHold([element], test.tests);
  return isRecord(element) && matches(element, test.filter);
}

function some(values: unknown[], predicate: (value: unknown) => boolean): boolean {
  return values.some(
    (value) => predicate(value) || (Array.isArray(value) && value.some(predicate)),
  );
}

function equals(value: unknown, operand: Scalar): boolean {
  return compareValues(value, operand) === 0;
}
