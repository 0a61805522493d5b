import { InvalidMessageError } from '../errors/index.js';

/**
 * Parses a body, for a codec of your own.
 *
 * @throws InvalidMessageError for what is not JSON; it does not repeat the body.
 * @example
 * decode: ({ body }) => ({ pattern: 'order.placed', data: parseJson(body) })
 */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
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
