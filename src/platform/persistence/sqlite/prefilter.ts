import type { SQLInputValue } from 'node:sqlite';
import type { Scalar } from '../document-collection.js';
import type { FilterNode, Test } from '../parse-filter.js';

export interface Prefilter {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

const OPERATORS: Readonly<Record<string, string>> = {
  $eq: '=',
  $gt: '>',
  $gte: '>=',
  $lt: '<',
  $lte: '<=',
};

/** Fields whose path within JSON needs no quoting. */
const PLAIN_FIELD = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Comparisons of fields without an index, so that most documents that do not match are not parsed in JavaScript. A list
 * is always read, because one of its entries may match.
 */
export function prefilters(node: FilterNode, covered: ReadonlySet<string>): Prefilter[] {
  if (node.kind === '$or') return [];
  if (node.kind === '$and') return node.parts.flatMap((part) => prefilters(part, covered));
  const { path, tests } = node;
  if (covered.has(path) || path === '_id' || !PLAIN_FIELD.test(path)) return [];
  return tests.flatMap((test) => ofTest(path, test));
}

function ofTest(field: string, test: Test): Prefilter[] {
  const path = `$.${field}`;
  if (test.kind === '$in') {
    const { operands } = test;
    if (operands.length === 0 || !operands.every(isComparable)) return [];
    const marks = operands.map(() => '?').join(', ');
    return [orList(path, `json_extract(d.body, ?) IN (${marks})`, operands.map(sqlValue))];
  }
  const operator = OPERATORS[test.kind];
  if (operator === undefined || !('operand' in test) || !isComparable(test.operand)) return [];
  return [orList(path, `json_extract(d.body, ?) ${operator} ?`, [sqlValue(test.operand)])];
}

const orList = (path: string, sql: string, values: readonly SQLInputValue[]): Prefilter => ({
  sql: `(json_type(d.body, ?) = 'array' OR ${sql})`,
  values: [path, path, ...values],
});

/** Whether SQLite reads such a value from JSON exactly as JavaScript does. */
function isComparable(operand: Scalar): boolean {
  if (typeof operand === 'number') return Number.isSafeInteger(operand);
  return typeof operand === 'string' && operand.isWellFormed() && !operand.includes('\0');
}

const sqlValue = (operand: Scalar): SQLInputValue =>
  typeof operand === 'number' ? operand : String(operand);
