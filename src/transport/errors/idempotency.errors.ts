import { PermanentError, RetryableError } from './message.errors.js';

/**
 * Thrown when a handler was not run, so that, whatever its message's receive count says, there is nothing to answer
 * or to acknowledge.
 *
 * Nothing is to be done: the message is redelivered.
 */
export class NotRunError extends RetryableError {
  override readonly code: string = 'WEFT_NOT_RUN';
}

/**
 * Thrown when the idempotency store knows that another process, or another copy of the message, is at the work.
 *
 * Nothing is to be done: the message is redelivered, at the latest when that work has to be over.
 */
export class WorkInProgressError extends NotRunError {
  override readonly code = 'WEFT_WORK_IN_PROGRESS';

  constructor(
    /** Milliseconds until the work is done, renewed or abandoned. */
    readonly retryAfterMs: number,
  ) {
    super(`The same message is being handled elsewhere, for up to ${retryAfterMs} ms`, {
      details: { retryAfterMs },
    });
  }
}

/**
 * Thrown when the idempotency store could not be asked; the message says why. A store of your own may throw it.
 *
 * Look at the store's health and rights: its messages are redelivered meanwhile, and no handler runs.
 */
export class IdempotencyStoreError extends NotRunError {
  override readonly code = 'WEFT_IDEMPOTENCY_STORE';
}

/**
 * Thrown when a message carries the id of another one whose body was different. Permanent.
 *
 * Mend the sender: another body is another message, and needs an id of its own.
 */
export class IdempotencyKeyReusedError extends PermanentError {
  override readonly code = 'WEFT_IDEMPOTENCY_KEY_REUSED';

  constructor(key: string) {
    super('A message with the same id and another body was handled before', { details: { key } });
  }
}
