/**
 * Back-off: a random time up to `baseS` · 2^(receives − 1), at most `capS`.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export interface RetryOptions {
  /** Seconds, whole: at most as long after the first receive. @defaultValue 1 */
  readonly baseS?: number;
  /** Seconds, whole: at most as long after any receive. @defaultValue 300 */
  readonly capS?: number;
}
