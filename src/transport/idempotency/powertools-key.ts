import { hash } from 'node:crypto';
import { isObject } from '../../common/objects.js';

/** The `hash_function` of Powertools; `md5` is its default. */
export type PowertoolsHashFunction = 'md5' | 'sha256';

/**
 * The key that Powertools for AWS Lambda (Python) gives the same work, for
 * `IdempotencyOptions.identify`.
 *
 * @param prefix the function's `key_prefix`.
 * @param value the result of its `event_key_jmespath`: an id, or a list of several.
 * @param hashFunction its `hash_function`. Default `md5`.
 * @throws TypeError for a number that is not whole, because Python may write it differently.
 * @example
 * identify: ({ data }) => ({ key: powertoolsKey('orders', (data as Order).id) })
 * @see https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/
 */
export const powertoolsKey = (
  prefix: string,
  value: unknown,
  hashFunction?: PowertoolsHashFunction,
): string => `${prefix}#${powertoolsHash(value, hashFunction)}`;

/**
 * The hash by which Powertools for AWS Lambda (Python) compares payloads, for the result of its
 * `payload_validation_jmespath`.
 *
 * @throws TypeError as `powertoolsKey` does.
 * @example
 * identify: ({ data: { id, amount } }) => ({ key: powertoolsKey('orders', id), validation: powertoolsHash(amount) })
 * @see https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/
 */
export const powertoolsHash = (
  value: unknown,
  hashFunction: PowertoolsHashFunction = 'md5',
): string => hash(hashFunction, pythonJson(value));

/** `json.dumps(value, sort_keys=True)`. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (isObject(value)) {
    const entries = Object.entries(value).toSorted(([a], [b]) => byCodePoint(a, b));
    return `{${entries.map(([key, item]) => `${text(key)}: ${pythonJson(item)}`).join(', ')}}`;
  }
  if (typeof value === 'string') return text(value);
  if (typeof value === 'boolean' || value === null || Number.isSafeInteger(value))
    return JSON.stringify(value);
  throw new TypeError(`Python may write a ${typeof value} otherwise: only whole numbers agree`);
}

// Python escapes DEL as well.
const NOT_ASCII = /[\u007f-\uffff]/g;

const text = (value: string): string =>
  JSON.stringify(value).replace(
    NOT_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const byCodePoint = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));
