import { PermanentError, RetryableError } from './message.errors.js';

/**
 * Thrown when a handler was not run. The message is neither answered nor acknowledged, whatever its receive count.
 *
 * No action is needed: the message is redelivered.
 */
export class NotRunError extends RetryableError {
  override readonly code: string = 'WEFT_NOT_RUN';
}

/**
 * Thrown when the idempotency store shows that another process is handling the message, or a copy of it.
 *
 * No action is needed: the message is redelivered, at the latest when that work's lease ends.
 */
export class WorkInProgressError extends NotRunError {
  override readonly code = 'WEFT_WORK_IN_PROGRESS';

  constructor(
    /** Milliseconds until the other lease is renewed or ends. */
    readonly retryAfterMs: number,
  ) {
    super(`The same message is being handled elsewhere, for up to ${retryAfterMs} ms`, {
      details: { retryAfterMs },
    });
  }
}

/**
 * Thrown when a call to the idempotency store failed; the message says why. A store of your own may throw it.
 *
 * Check the store's health and permissions. Until it answers, no handler runs and messages are redelivered.
 */
export class IdempotencyStoreError extends NotRunError {
  override readonly code = 'WEFT_IDEMPOTENCY_STORE';
}

/**
 * Thrown when a message has the id of another message with a different body. Permanent.
 *
 * Correct the sender: a message with another body needs an id of its own.
 */
export class IdempotencyKeyReusedError extends PermanentError {
  override readonly code = 'WEFT_IDEMPOTENCY_KEY_REUSED';

  constructor(key: string) {
    super('A message with the same id and another body was handled before', { details: { key } });
  }
}
