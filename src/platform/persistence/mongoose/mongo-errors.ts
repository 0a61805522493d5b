import { mongo } from 'mongoose';
import {
  DuplicateKeyError,
  IndexError,
  InvalidQueryError,
  StoreUnavailableError,
} from '../persistence.errors.js';

const DUPLICATE_KEY = 11_000;
// BadValue, TypeMismatch, PathNotViable, ConflictingUpdateOperators: the operator and the document do not fit.
const DOES_NOT_FIT: ReadonlySet<unknown> = new Set([2, 14, 28, 40]);

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;
}

/** The driver's error as one of ours, or as it is when it is none that callers act on. */
export function translated(error: unknown, collection: string): unknown {
  if (isDuplicateKey(error)) return new DuplicateKeyError(collection, error);
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

/** What makes an index impossible, with its remedy; anything else, such as no connection, as it is. */
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

// mongoose wraps the driver's failure to find a server in an error of its own.
function isMongooseTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'MongooseServerSelectionError';
}
