import { isObject } from '../../common/objects.js';
import { DistinctPaths } from './distinct.paths.js';
import { assertPath, parseEntryTest } from './parse-filter.js';
import type { Update } from './document-collection.js';
import { InvalidQueryError } from './persistence.errors.js';
import { isScalar, storedScalar, storedValue } from './stored-value.js';

type Checked = Record<string, Record<string, unknown>>;
type Check = (operand: unknown, path: string) => unknown;

const OPERATORS: Readonly<Record<string, Check>> = {
  $set: value,
  $setOnInsert: value,
  $unset: () => true,
  $inc: amount,
  $max: scalar,
  $min: scalar,
  $push: additions,
  $addToSet: (operand, path) => additions(operand, path, false),
  $pull: (operand, path) => {
    parseEntryTest(operand, path);
    return operand;
  },
};

/**
 * A copy of the update that every store applies in the same way: only the subset's operators, safe paths, storable
 * values, no path twice, empty operators left out.
 *
 * @throws {InvalidQueryError}, {UnsafeKeyError} or {UnstorableValueError}
 */
export function checkedUpdate<T>(update: Update<T>): Update<T> {
  const checked: Checked = {};
  const written = new DistinctPaths();
  for (const [operator, fields] of Object.entries(update)) {
    const check = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (check === undefined) {
      throw new InvalidQueryError(`No such update operator: ${operator.slice(0, 60)}`);
    }
    for (const [path, operand] of Object.entries(fields ?? {})) {
      if (operand === undefined) continue;
      assertWritable(path, written);
      (checked[operator] ??= {})[path] = check(operand, path);
    }
  }
  if (written.size === 0) throw new InvalidQueryError('The update changes nothing');
  return checked;
}

function assertWritable(path: string, written: DistinctPaths): void {
  assertPath(path);
  if (path === '_id') throw new InvalidQueryError('_id cannot be changed');
  if (written.add(path) !== undefined) {
    throw new InvalidQueryError(`The update writes ${path} twice`);
  }
}

function value(operand: unknown, path: string): unknown {
  return storedValue(operand, path);
}

function amount(operand: unknown, path: string): unknown {
  if (typeof operand === 'number' && Number.isFinite(operand)) return operand;
  throw new InvalidQueryError(`$inc of ${path} needs a number`);
}

function scalar(operand: unknown, path: string): unknown {
  if (isScalar(operand)) return storedScalar(operand);
  throw new InvalidQueryError(`${path} can only be compared with a single value`);
}

function additions(operand: unknown, path: string, sliced = true): unknown {
  if (!isObject(operand) || !('$each' in operand)) {
    return storedValue(operand, path);
  }
  const { $each, $slice, ...more }: { $each: unknown; $slice?: unknown } = operand;
  if (!Array.isArray($each)) throw new InvalidQueryError(`$each for ${path} needs a list`);
  if (Object.keys(more).length > 0 || ($slice !== undefined && !sliced)) {
    throw new InvalidQueryError(`Beside $each, ${path} takes nothing but the $slice of a $push`);
  }
  if ($slice !== undefined && !Number.isSafeInteger($slice)) {
    throw new InvalidQueryError(`$slice for ${path} needs an integer`);
  }
  return { $each: storedValue($each, path), ...($slice === undefined ? {} : { $slice }) };
}
