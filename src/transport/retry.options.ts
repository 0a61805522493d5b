/**
 * Back-off: a random time up to `baseS` · 2^(receives − 1), at most `capS`.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export interface RetryOptions {
  /**
   * Seconds, whole: at most as long after the first receive, twice that after the second, and so on. Raise it where a
   * failure seldom passes within seconds: each try counts against `maxReceiveCount`. @defaultValue 1
   */
  readonly baseS?: number;
  /**
   * Seconds, whole: at most as long after any receive. Raise it to try for longer before the message is dead-lettered;
   * lower it where late is as bad as never. @defaultValue 300
   */
  readonly capS?: number;
}
