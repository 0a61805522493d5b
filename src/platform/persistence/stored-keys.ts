import { isObject } from '../../common/objects.js';

type JsonObject = Record<string, unknown>;

// dbt names models `model.project.name`, but keys of documents may contain no dot, no leading $ and no name of an
// object's prototype.
const UNSTORABLE = /[%.\0]|^\$|^(?=(?:__proto__|constructor|prototype)$)./g;
const STORED = /%([0-9A-F]{2})/g;
const EMPTY = '%';

/**
 * Makes a free-form object storable, at every depth: a key with a dot, a leading `$` or a prototype's name is escaped
 * by `%` and its code.
 *
 * @example
 * toStoredKeys({ 'model.orders': 1 }); // { 'model%2Eorders': 1 }
 */
export function toStoredKeys(value: JsonObject): JsonObject {
  return mapObject(value, (key) =>
    key === '' ? EMPTY : key.replace(UNSTORABLE, (char) => `%${hex(char)}`),
  );
}

/** The reverse of `toStoredKeys`. */
export function fromStoredKeys(value: JsonObject): JsonObject {
  return mapObject(value, (key) =>
    key === EMPTY
      ? ''
      : key.replace(STORED, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
  );
}

function mapObject(value: JsonObject, rename: (key: string) => string): JsonObject {
  // fromEntries creates own fields of any name; assigning to `__proto__` would not.
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [rename(key), mapValue(field, rename)]),
  );
}

function mapValue(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapValue(item, rename));
  if (!isObject(value)) return value;
  return mapObject({ ...value }, rename);
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}
