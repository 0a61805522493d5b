import { MAX_MESSAGE_LENGTH, MAX_VIOLATIONS_SAID } from '../errors/violations.js';
import { ValidationFailedError, WeftError, type Violation } from '../errors/index.js';

/** Makes the caller's own error of a payload's violations. */
export type ToError = (violations: readonly Violation[], cause?: unknown) => WeftError;

/** Names the shape that the payload must fit, and the first violations. */
export const payloadErrorFor =
  (shape: string): ToError =>
  (violations, cause) => {
    const said = violations.slice(0, MAX_VIOLATIONS_SAID);
    const text = said.map(({ field, message }) => `${field}: ${message}`).join('; ');
    const more = violations.length > said.length ? '; and more' : '';
    return new ValidationFailedError(
      `The payload does not fit ${shape}: ${text}${more}`,
      violations,
      cause === undefined ? {} : { cause },
    );
  };

/**
 * Runs code that only reads a payload, so that its errors are faults of the payload.
 *
 * @throws a WeftError unchanged; the result of `toError` for any other error.
 */
export function attempt<T>(read: () => T, toError: ToError): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof WeftError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `cannot be read: ${reason.slice(0, MAX_MESSAGE_LENGTH)}`;
    throw toError([{ field: 'payload', message }], cause);
  }
}
