import { isTransient } from '../aws/index.js';
import { WeftError } from '../transport/errors/index.js';

/**
 * Whether handling the same Command again may succeed. A bug in a handler is no
 * such case: it would fail alike on every attempt and keep its caller waiting.
 */
export const isRetryable = (error: unknown): boolean =>
  error instanceof WeftError ? error.retryable : isTransient(error);

/** Characters of an error Result's text; a library's message may repeat half of its input. */
const MAX_ERROR_TEXT = 4096;

/** What an error Result says. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text === '' ? 'Unknown error' : text.slice(0, MAX_ERROR_TEXT);
}
