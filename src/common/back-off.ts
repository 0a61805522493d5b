/** A value that doubles with each attempt, up to a maximum. @param attempt 1 for the first attempt. */
export const doubledWith = (attempt: number, first: number, most = Infinity): number =>
  Math.min(most, first * 2 ** (attempt - 1));

/**
 * The pause, shortened at random by up to a half, so that work that failed together is not retried together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const withJitter = (pause: number): number => pause * (0.5 + Math.random() / 2);
