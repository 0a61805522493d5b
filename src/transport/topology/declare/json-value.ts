import { isObject } from '../../../common/objects.js';

/** A text of a JSON value that does not depend on the order of its keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`,
  );
  return `{${entries.toSorted().join()}}`;
}

/** Whether two texts are the same JSON value: AWS changes spacing and key order. */
export function sameJson(one: string, other: string): boolean {
  try {
    return one === other || canonical(JSON.parse(one)) === canonical(JSON.parse(other));
  } catch {
    return false;
  }
}
