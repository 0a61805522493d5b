import { RpcException } from '@nestjs/microservices';

/** Options of an error besides its message; also for classes of your own that extend one of Weft's. */
export interface WeftErrorOptions {
  /** Whether a retry may succeed. @defaultValue that of the class, else false */
  readonly retryable?: boolean;
  /** Facts for logs and metrics; never secrets, never whole payloads. @defaultValue none: an empty object */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The error that caused it. @defaultValue none */
  readonly cause?: unknown;
}

/**
 * The base of every error Weft raises. If a handler throws one, its `retryable` alone decides what happens to the
 * message. After any other error an event is retried, and a request is answered with the error.
 *
 * In a handler throw `PermanentError` or `RetryableError`, or a class of your own that extends one of them. It is an
 * `RpcException`, so that Nest's filters pass it on unchanged; unless a filter of your own replaces it, its class
 * decides, however the application is set up.
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
  /** Whether a retry may succeed; `false` dead-letters the message (`onPermanentError`). */
  readonly retryable: boolean;
  /** Facts for logs and metrics; never secrets, never whole payloads. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, options: WeftErrorOptions = {}) {
    super(message);
    this.name = new.target.name;
    this.retryable = options.retryable ?? false;
    this.details = options.details ?? {};
    // As in other errors: RpcException makes these properties enumerable, drops the cause, and begins its stack without
    // a message.
    hide(this, 'message', message);
    hide(this, 'error', message);
    if (options.cause !== undefined) hide(this, 'cause', options.cause);
    Error.captureStackTrace(this, new.target);
  }

  /** Nest's filters pass this on: the error itself, which decides what happens to its message. */
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
