import { WeftError, type WeftErrorOptions } from './weft.error.js';

/**
 * Thrown by a handler for a message that can never succeed. The message is dead-lettered instead of retried, unless
 * `onPermanentError` says otherwise; the caller of a request gets the error.
 *
 * Correct the cause, which the dead letter names (`DEAD_LETTER_REASON`), then redrive the message.
 *
 * @example
 * throw new PermanentError(`Order ${id} was cancelled`);
 */
export class PermanentError extends WeftError {
  readonly code: string = 'WEFT_PERMANENT';
}

/** Options of a `RetryableError`. */
export interface RetryableErrorOptions extends WeftErrorOptions {
  /**
   * Milliseconds until the message becomes visible again, up to 12 h, such as from a `Retry-After` header; rounded up
   * to whole seconds. Under Lambda the queue's visibility timeout decides instead. @defaultValue the back-off
   */
  readonly delayMs?: number;
}

/**
 * Thrown by a handler whose work may succeed later. The message, a request too, becomes visible again after the
 * back-off or the delay given.
 *
 * No action is needed: after `maxReceiveCount` receives SQS moves the message to the dead-letter queue, or the caller
 * of a request gets the error.
 *
 * @example
 * throw new RetryableError('The warehouse asks to wait', { cause: error, delayMs: 90_000 });
 */
export class RetryableError extends WeftError {
  readonly code: string = 'WEFT_RETRYABLE';
  /** Milliseconds until the message becomes visible again; undefined: the back-off decides. */
  readonly delayMs: number | undefined;

  constructor(message: string, options: RetryableErrorOptions = {}) {
    super(message, { ...options, retryable: true });
    this.delayMs = options.delayMs;
  }
}

/**
 * Thrown for a message whose handler has run longer than its `timeoutMs`. The message is retried. `context.signal` is
 * aborted; a handler that ignores it runs on.
 *
 * Raise `timeoutMs`, or pass `context.signal` to the calls that the handler waits for.
 */
export class HandlerTimeoutError extends RetryableError {
  override readonly code = 'WEFT_HANDLER_TIMEOUT';

  constructor(timeoutMs: number) {
    super(`The handler did not end within ${timeoutMs} ms (timeoutMs)`, {
      details: { timeoutMs },
    });
  }
}

/**
 * Thrown when a message cannot be read: its codec does not understand it, or its body is no longer in the payload
 * bucket. Permanent.
 *
 * Correct the sender, or give the queue a `codec` that reads its messages.
 */
export class InvalidMessageError extends WeftError {
  readonly code: string = 'WEFT_INVALID_MESSAGE';
}

/**
 * Thrown when the SNS signature of a message is wrong, or names a topic that the queue or endpoint does not accept.
 * Permanent.
 *
 * If a stranger sent it, no action is needed. Otherwise name the topic, and have the subscription deliver envelopes
 * (`raw: false`): raw messages have no signature.
 */
export class InvalidSignatureError extends WeftError {
  readonly code: string = 'WEFT_INVALID_SIGNATURE';
}

/**
 * Thrown when no handler takes a message's pattern on the queue it came from. Permanent.
 *
 * Add a handler, a `fallback` to the queue, or a filter policy that keeps such messages away.
 */
export class UnknownPatternError extends WeftError {
  readonly code: string = 'WEFT_UNKNOWN_PATTERN';
}

/** One field that does not fit its class. */
export interface Violation {
  /** A path, such as `items.0.price`. */
  readonly field: string;
  /** What is wrong, in class-validator's words. */
  readonly message: string;
}

/**
 * Thrown by `PayloadPipe` when a payload does not fit its class. Permanent: it never will.
 *
 * Correct the sender, or loosen the class and redrive the message.
 */
export class ValidationFailedError extends WeftError {
  readonly code: string = 'WEFT_VALIDATION_FAILED';

  constructor(
    message: string,
    /** Every field that does not fit; empty when the payload is no object. */
    readonly violations: readonly Violation[],
    options: WeftErrorOptions = {},
  ) {
    super(message, { ...options, details: { ...options.details, violations } });
  }
}

/**
 * Thrown by `emit` and `send`, and for answers, when a message is larger than its destination accepts (SNS 256 KiB or
 * the topic's `maxMessageBytes`, SQS 1 MiB, attributes included) and no payload bucket is configured. Nothing was sent.
 *
 * Set `payloadBucket`, or send less.
 */
export class MessageTooLargeError extends WeftError {
  readonly code: string = 'WEFT_MESSAGE_TOO_LARGE';
}

/**
 * Thrown by the record builder, by codecs and by `emit` and `send` for values that SNS or SQS refuses, such as an
 * eleventh attribute or a delay to a FIFO queue. Nothing was sent.
 *
 * Change the call: the message names each value that is out of range.
 */
export class InvalidRecordError extends WeftError {
  readonly code: string = 'WEFT_INVALID_RECORD';
}
