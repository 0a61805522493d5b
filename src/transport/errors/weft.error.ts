/** What an error carries besides its message; also for classes of your own that extend one of Weft's. */
export interface WeftErrorOptions {
  /** Whether doing the same again may succeed. @defaultValue what the class says, else false */
  readonly retryable?: boolean;
  /** Facts for logs and metrics; never secrets, never whole payloads. @defaultValue none: an empty object */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What it follows from. @defaultValue none */
  readonly cause?: unknown;
}

/**
 * The base of every error Weft raises. What happens to a message whose handler
 * throws follows from `retryable` and nowhere else; any other error is retried, or, where
 * somebody waits for the answer, given as the answer.
 *
 * In a handler throw `PermanentError` or `RetryableError`, or a class of your own that extends one of them.
 */
export abstract class WeftError extends Error {
  /** A stable name for programs, such as `WEFT_INVALID_MESSAGE`. */
  abstract readonly code: string;
  /** Whether doing the same again may succeed; `false` dead-letters a message (`onPermanentError`). */
  readonly retryable: boolean;
  /** Facts for logs and metrics; never secrets, never whole payloads. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}
