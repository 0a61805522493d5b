import { named as withInnerMessages } from '../inner-errors.js';

/** Connection errors that the SDK and `isConnectionLoss` know by another code. */
const CODES: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_SOCKET', 'ECONNRESET'],
  ['UND_ERR_DESTROYED', 'ECONNRESET'],
  ['UND_ERR_CLOSED', 'ECONNRESET'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'ECONNRESET'],
  ['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'],
]);

/** Codes that `NodeHttpHandler` turns into a TimeoutError, which the SDK retries. */
const TIMEOUTS = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT']);

/** Converts an error of undici to the one that `NodeHttpHandler` would throw. */
export function asSdkExpects(error: Error & { code?: string }): Error {
  withInnerMessages(error);
  const code = CODES.get(error.code ?? '') ?? error.code;
  if (code === undefined || !TIMEOUTS.has(code)) return error;
  if (code === error.code) return Object.assign(error, { name: 'TimeoutError' });
  return named('TimeoutError', error.message, error, code);
}

export function timedOut(requestTimeoutMs: number): Error {
  return named('TimeoutError', `No answer within ${requestTimeoutMs} ms`, undefined, 'ETIMEDOUT');
}

export function abortedBy(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return named('AbortError', 'Request aborted', reason);
}

function named(name: string, message: string, cause?: unknown, code?: string): Error {
  const error = new Error(message, cause === undefined ? {} : { cause });
  return Object.assign(error, { name }, code === undefined ? {} : { code });
}
