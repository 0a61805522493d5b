import { printable } from '../platform/cli/index.js';
import { ConfigurationError } from '../platform/config/index.js';
import { WeftError } from '../transport/errors/index.js';

/** An error for the terminal; without its stack if the reader can act on it. */
export const explain = (error: unknown): string => printable(textOf(error));

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = error instanceof ConfigurationError || error instanceof WeftError;
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `${error.message}. Set PORT to a free port, or to 0`;
  }
  return expected ? error.message : (error.stack ?? error.message);
}
