import { PermanentError, type WeftErrorOptions } from '../../transport/errors/index.js';

/** Options of an `ApplicationError`, for the failure event. */
export interface ApplicationErrorOptions extends WeftErrorOptions {
  /** Default: APPLICATION_ERROR. */
  readonly code?: string;
}

/**
 * Thrown by a task that cannot succeed. It is not retried; its failure event has this code, this message as `detail`,
 * and the origin `application`.
 *
 * @example
 * throw new ApplicationError('This address is taken', { code: 'EMAIL_TAKEN' });
 */
export class ApplicationError extends PermanentError {
  override readonly code: string;

  constructor(
    message: string,
    { code = 'APPLICATION_ERROR', ...options }: ApplicationErrorOptions = {},
  ) {
    super(message, options);
    this.code = code;
  }
}
