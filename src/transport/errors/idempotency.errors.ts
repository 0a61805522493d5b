import { PermanentError, RetryableError } from './message.errors.js';

/**
 * The handler was not run, so whatever its message's receive count says, there
 * is nothing to answer or to acknowledge.
 */
export class NotRunError extends RetryableError {
  override readonly code: string = 'WEFT_NOT_RUN';
}

/** Another process, or another copy of the message, is being worked on. */
export class WorkInProgressError extends NotRunError {
  override readonly code = 'WEFT_WORK_IN_PROGRESS';

  /** @param retryAfterMs milliseconds until the work is done, renewed or abandoned. */
  constructor(readonly retryAfterMs: number) {
    super(`The same message is being handled elsewhere, for up to ${retryAfterMs} ms`, {
      details: { retryAfterMs },
    });
  }
}

/** The idempotency store could not be asked. */
export class IdempotencyStoreError extends NotRunError {
  override readonly code = 'WEFT_IDEMPOTENCY_STORE';
}

/** A message carries the id of another one whose body was different. */
export class IdempotencyKeyReusedError extends PermanentError {
  override readonly code = 'WEFT_IDEMPOTENCY_KEY_REUSED';

  constructor(key: string) {
    super('A message with the same id and another body was handled before', { details: { key } });
  }
}
