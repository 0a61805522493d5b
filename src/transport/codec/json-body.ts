import { isJsonObject } from '../../common/objects.js';
import { InvalidMessageError } from '../errors/index.js';

/** Some programs write it before UTF-8 text; `JSON.parse` refuses it. */
const BYTE_ORDER_MARK = '\u{feff}';

/**
 * Parses a body; for codecs of your own. Skips a byte order mark.
 *
 * An inflated body, or one read from S3, may have 64 MiB; any body may hold at most 2 000 000 objects and lists.
 *
 * @throws InvalidMessageError for a body that is not JSON, or holds more. The error does not repeat the body.
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

/**
 * @throws InvalidMessageError as `parseJson` does, and for JSON that is no object.
 *
 * @param what names the message in the error, such as `An Event`.
 */
export function parseJsonObject(body: string, what: string): Record<string, unknown> {
  const value = parseJson(body);
  if (isJsonObject(value)) return value;
  throw new InvalidMessageError(`${what} must be a JSON object`);
}

/**
 * An empty object takes about 60 bytes of memory for two of text, so 64 MiB of them would take 1.3 GB. A body in SQS
 * itself has at most 1 MiB, which cannot hold as many.
 */
const MAX_PARTS = 2_000_000;

function hasTooManyParts(body: string): boolean {
  if (body.length <= MAX_PARTS || count(body, '{') + count(body, '[') <= MAX_PARTS) return false;
  // A loop skips those inside texts: a regular expression would need a stack as deep as a text is long.
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
