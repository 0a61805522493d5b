import { isAccessDenied, isConnectionLoss, isServerFault } from '../aws/errors.js';
import { printable } from '../platform/cli/index.js';
import { ConfigurationError } from '../platform/config/index.js';
import { WeftError } from '../transport/errors/index.js';

/** An error for the terminal; without its stack if the reader can act on it. */
export const explain = (error: unknown): string => printable(textOf(error));

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return `${error.message}. Set PORT to a free port, or to 0`;
  }
  if (error instanceof ConfigurationError || error instanceof WeftError) return error.message;
  if (isConnectionLoss(error)) {
    return `AWS cannot be reached: ${sentence(error.message)} Check AWS_REGION and AWS_ENDPOINT_URL, and the route out of this network and its DNS`;
  }
  if (isAccessDenied(error)) {
    return `AWS refused a call: ${error.name}: ${sentence(error.message)} Check the credentials and their policies; "weft doctor" names each right that is missing`;
  }
  if (isServerFault(error)) {
    return `A service failed to answer a call: ${sentence(firstLine(error.message))} Try again; if it is the embedded stack, look whether the disk of WEFT_DATA_DIR is full`;
  }
  return isSystemError(error) ? error.message : (error.stack ?? error.message);
}

/** The SDK adds advice of its own to the error of an answer that it cannot read. */
const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** Some messages of AWS end with a full stop. */
const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);

/** Of a file or a folder: the message has the call, the path and the reason. */
const isSystemError = (error: Error): boolean =>
  'syscall' in error && 'path' in error && 'code' in error;
