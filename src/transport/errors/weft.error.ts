import { RpcException } from '@nestjs/microservices';

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
 * In a handler throw `PermanentError` or `RetryableError`, or a class of your own that extends one of them. It is an
 * `RpcException`, so that Nest's filters let it through as it is: without one of your own it is judged by its class
 * however the application was wired.
 *
 * @example
 * class OutOfStockError extends PermanentError {
 *   override readonly code = 'OUT_OF_STOCK';
 * }
 * @see https://docs.nestjs.com/microservices/exception-filters
 */
export abstract class WeftError extends RpcException {
  /** A stable name for programs, such as `WEFT_INVALID_MESSAGE`. */
  abstract readonly code: string;
  /** Whether doing the same again may succeed; `false` dead-letters a message (`onPermanentError`). */
  readonly retryable: boolean;
  /** Facts for logs and metrics; never secrets, never whole payloads. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message);
    this.name = new.target.name;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
    // As of any error: RpcException leaves them to be listed, knows no cause, and has its stack begin without a message.
    hide(this, 'message', message);
    hide(this, 'error', message);
    if (options.cause !== undefined) hide(this, 'cause', options.cause);
    Error.captureStackTrace(this, new.target);
  }

  /** What Nest's filters pass on: the error itself, by which its message is judged. */
  override getError(): this {
    return this;
  }
}

const hide = (error: Error, key: string, value: unknown): void =>
  void Object.defineProperty(error, key, {
    value,
    enumerable: false,
    writable: true,
    configurable: true,
  });
