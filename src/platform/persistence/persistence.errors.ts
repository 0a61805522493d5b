import { ValidationFailedError, WeftError } from '../../transport/errors/index.js';

/** A document with this `_id`, or this value of a unique index, already exists. */
export class DuplicateKeyError extends WeftError {
  readonly code = 'WEFT_DUPLICATE_KEY';

  constructor(collection: string, cause?: unknown) {
    super(`A document with this key is already in ${collection}`, {
      details: { collection },
      cause,
    });
  }
}

/** A key that must not become part of a document or of a path into one. */
export class UnsafeKeyError extends ValidationFailedError {
  override readonly code = 'WEFT_UNSAFE_KEY';

  constructor(where: string, key: string, problem: string) {
    // Cut, because long keys come from attackers, and the start is enough to find them.
    const shown = JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
    super(`Key ${shown} in ${where} ${problem}`, [
      { field: where, message: `has a key ${shown} that ${problem}` },
    ]);
  }
}

/** A value no document can hold, such as a function, NaN or nesting without end. */
export class UnstorableValueError extends WeftError {
  readonly code = 'WEFT_UNSTORABLE_VALUE';
}

/** Of a document in which two fields of one index hold lists. */
export function parallelListsError(
  collection: string,
  paths: readonly string[],
  cause?: unknown,
): UnstorableValueError {
  return new UnstorableValueError(
    `The document cannot be stored in ${collection}: ${paths.join(' and ')} belong to one index and both hold lists. Store a single value in all but one of them`,
    { details: { collection, paths }, cause },
  );
}

/** A filter or an update outside the subset that every store supports. */
export class InvalidQueryError extends WeftError {
  readonly code = 'WEFT_INVALID_QUERY';
}

/** The store cannot be reached now, or is closed. */
export class StoreUnavailableError extends WeftError {
  readonly code = 'WEFT_STORE_UNAVAILABLE';

  constructor(message: string, cause?: unknown) {
    super(message, { retryable: true, cause });
  }
}

/** A declared index cannot be created, such as a unique one over duplicate values. */
export class IndexError extends WeftError {
  readonly code = 'WEFT_INDEX_FAILED';

  constructor(collection: string, fields: readonly string[], reason: string, cause?: unknown) {
    const name = fields.join(', ');
    super(`The index on ${name} of collection "${collection}" cannot be made: ${reason}`, {
      details: { collection, fields },
      cause,
    });
  }
}

/** A file of the embedded store cannot be read; nothing was changed. */
export class StoreCorruptError extends WeftError {
  readonly code = 'WEFT_STORE_CORRUPT';
}
