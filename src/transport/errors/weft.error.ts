export interface WeftErrorOptions {
  /** Whether doing the same again may succeed. Default: what the class says. */
  readonly retryable?: boolean;
  /** Facts for logs and metrics; never secrets, never whole payloads. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The base of every error Weft raises. What happens to a message whose handler
 * throws follows from `retryable` and nowhere else.
 */
export abstract class WeftError extends Error {
  /** A stable name for programs, such as `WEFT_INVALID_MESSAGE`. */
  abstract readonly code: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
  }
}
