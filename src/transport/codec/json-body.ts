import { InvalidMessageError } from '../errors/index.js';

/** Some programs put it before UTF-8 text; it says nothing, and JSON does not know it. */
const BYTE_ORDER_MARK = '\u{feff}';

/**
 * Parses a body, for a codec of your own. A byte order mark before it is skipped.
 *
 * @throws InvalidMessageError for what is not JSON; it does not repeat the body.
 * @example
 * decode: ({ body }) => ({ pattern: 'order.placed', data: parseJson(body) })
 */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body.startsWith(BYTE_ORDER_MARK) ? body.slice(1) : body);
  } catch (cause) {
    throw new InvalidMessageError('The message body is not JSON', {
      cause,
      details: { bodyLength: body.length },
    });
  }
}

/** Neither null nor a list. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
