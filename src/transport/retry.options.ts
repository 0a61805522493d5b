/**
 * Back-off: a random time up to `baseS` · 2^(receives − 1), at most `capS`.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export interface RetryOptions {
  /**
   * Whole seconds: the longest pause after the first receive; it doubles with each further one. Raise it if failures
   * usually last longer than seconds, because each try counts against `maxReceiveCount`. @defaultValue 1
   */
  readonly baseS?: number;
  /**
   * Whole seconds: the longest pause after any receive. Raise it to try for longer before the message is dead-lettered;
   * lower it if late handling is useless. @defaultValue 300
   */
  readonly capS?: number;
}
