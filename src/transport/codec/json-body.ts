import { InvalidMessageError } from '../errors/index.js';

/** Parses a body; what is not JSON is an `InvalidMessageError` that does not repeat the body. */
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

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
