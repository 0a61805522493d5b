import { mongo } from 'mongoose';
import {
  DuplicateKeyError,
  IndexError,
  InvalidQueryError,
  parallelListsError,
  StoreUnavailableError,
} from '../persistence.errors.js';

const DUPLICATE_KEY = 11_000;
// BadValue, TypeMismatch, PathNotViable, ConflictingUpdateOperators: the operator does not fit the document.
const DOES_NOT_FIT: ReadonlySet<unknown> = new Set([2, 14, 28, 40]);

/** CannotIndexParallelArrays; the message names the fields in brackets. */
const PARALLEL_ARRAYS = 171;

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;
}

/** Translates a driver's error that callers act on; returns any other unchanged. */
export function translated(error: unknown, collection: string): unknown {
  if (isDuplicateKey(error)) return new DuplicateKeyError(collection, error);
  if (error instanceof mongo.MongoServerError && error.code === PARALLEL_ARRAYS) {
    const paths = [...error.message.matchAll(/\[([^\]]+)\]/g)].map(([, path]) => path ?? '');
    return parallelListsError(collection, paths, error);
  }
  if (isUnavailable(error)) {
    return new StoreUnavailableError(`MongoDB cannot be reached (${collection})`, error);
  }
  if (error instanceof mongo.MongoServerError && DOES_NOT_FIT.has(error.code)) {
    return new InvalidQueryError(`MongoDB refused the query (${collection}): ${error.message}`, {
      cause: error,
    });
  }
  return error;
}

/**
 * An IndexError with cause and remedy if the index is impossible; any other error, such as no connection, unchanged.
 */
export function indexFailure(
  error: unknown,
  collection: string,
  fields: readonly string[],
): unknown {
  if (!(error instanceof mongo.MongoServerError) || isUnavailable(error)) return error;
  const reason = isDuplicateKey(error)
    ? 'two documents have the same value. Change or delete one of them, or declare the index without unique'
    : `MongoDB refused it: ${error.message}. An index of the same fields with other options must be dropped first`;
  return new IndexError(collection, fields, reason, error);
}

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof mongo.MongoError)) return isMongooseTimeout(error);
  return (
    error instanceof mongo.MongoNetworkError ||
    error instanceof mongo.MongoServerSelectionError ||
    error instanceof mongo.MongoNotConnectedError ||
    error instanceof mongo.MongoTopologyClosedError ||
    error instanceof mongo.MongoClientClosedError ||
    error.hasErrorLabel('RetryableWriteError') ||
    error.hasErrorLabel('TransientTransactionError') ||
    error.hasErrorLabel('ResetPool')
  );
}

// mongoose wraps the driver's error for a missing server in its own.
function isMongooseTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'MongooseServerSelectionError';
}
