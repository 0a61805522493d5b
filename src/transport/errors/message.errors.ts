import { WeftError, type WeftErrorOptions } from './weft.error.js';

/**
 * Thrown by a handler that knows the message can never succeed. The message is
 * dead-lettered instead of retried.
 *
 * @example
 * throw new PermanentError(`Order ${id} was cancelled`);
 */
export class PermanentError extends WeftError {
  readonly code: string = 'WEFT_PERMANENT';
}

/**
 * Thrown by a handler whose work may succeed later. The message becomes visible
 * again after the back-off, also when somebody waits for its answer.
 */
export class RetryableError extends WeftError {
  readonly code: string = 'WEFT_RETRYABLE';

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message, { ...options, retryable: true });
  }
}

/** The message cannot be read: not JSON, or not in a known envelope. */
export class InvalidMessageError extends WeftError {
  readonly code: string = 'WEFT_INVALID_MESSAGE';
}

/** No handler takes the message's pattern on the queue it came from. */
export class UnknownPatternError extends WeftError {
  readonly code: string = 'WEFT_UNKNOWN_PATTERN';
}

/** One field that does not fit its class. `field` is a path such as `items.0.price`. */
export interface Violation {
  readonly field: string;
  readonly message: string;
}

/** The payload does not fit its class. */
export class ValidationFailedError extends WeftError {
  readonly code: string = 'WEFT_VALIDATION_FAILED';

  constructor(
    message: string,
    readonly violations: readonly Violation[],
    options: WeftErrorOptions = {},
  ) {
    super(message, { ...options, details: { ...options.details, violations } });
  }
}

/** The message is larger than its destination takes and no payload bucket is configured. */
export class MessageTooLargeError extends WeftError {
  readonly code: string = 'WEFT_MESSAGE_TOO_LARGE';
}

/** The record asks for something SNS or SQS does not take, such as an eleventh attribute. */
export class InvalidRecordError extends WeftError {
  readonly code: string = 'WEFT_INVALID_RECORD';
}
