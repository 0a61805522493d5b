import { isJsonObject } from '../../common/objects.js';
import { InvalidMessageError } from '../errors/index.js';

/** Some programs put it before UTF-8 text; it says nothing, and JSON does not know it. */
const BYTE_ORDER_MARK = '\u{feff}';

/**
 * Parses a body, for a codec of your own. A byte order mark before it is skipped.
 *
 * A body that was inflated, or read from S3, may be 64 MiB; it holds at most 2 000 000 objects and lists.
 *
 * @throws InvalidMessageError for what is not JSON, or holds more; it does not repeat the body.
 * @example
 * decode: ({ body }) => ({ pattern: 'order.placed', data: parseJson(body) })
 */
export function parseJson(body: string): unknown {
  if (hasTooManyParts(body)) {
    throw new InvalidMessageError(
      `The message body holds more than ${MAX_PARTS} objects and lists, which would take too much memory`,
      { details: { bodyLength: body.length } },
    );
  }
  try {
    return JSON.parse(body.startsWith(BYTE_ORDER_MARK) ? body.slice(1) : body);
  } catch (cause) {
    throw new InvalidMessageError('The message body is not JSON', {
      cause,
      details: { bodyLength: body.length },
    });
  }
}

/** @throws InvalidMessageError as `parseJson` does, and for any other value of JSON. @param what such as `An Event`. */
export function parseJsonObject(body: string, what: string): Record<string, unknown> {
  const value = parseJson(body);
  if (isJsonObject(value)) return value;
  throw new InvalidMessageError(`${what} must be a JSON object`);
}

/**
 * Each takes some 60 bytes of memory for two of text, so that 64 MiB of empty objects would be 1.3 GB. No body of SQS
 * itself, which has 1 MiB, holds as many.
 */
const MAX_PARTS = 2_000_000;

function hasTooManyParts(body: string): boolean {
  if (body.length <= MAX_PARTS || count(body, '{') + count(body, '[') <= MAX_PARTS) return false;
  // Some may be in texts, which an expression would need a stack for that is as deep as they are long.
  let found = 0;
  let inText = false;
  for (let at = 0; at < body.length && found <= MAX_PARTS; at++) {
    const character = body[at];
    if (character === '"') inText = !inText;
    else if (inText && character === '\\') at += 1;
    else if (!inText && (character === '{' || character === '[')) found += 1;
  }
  return found > MAX_PARTS;
}

/** Up to one more than are allowed. */
function count(body: string, mark: string): number {
  let found = 0;
  for (
    let at = body.indexOf(mark);
    at >= 0 && found <= MAX_PARTS;
    at = body.indexOf(mark, at + 1)
  ) {
    found += 1;
  }
  return found;
}
