/** What doubles with each attempt after the first one, and is at most so much. @param attempt from 1 on. */
export const doubledWith = (attempt: number, first: number, most = Infinity): number =>
  Math.min(most, first * 2 ** (attempt - 1));

/**
 * A pause of the given length or up to a half shorter, so that what failed together is not tried again together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const withJitter = (pause: number): number => pause * (0.5 + Math.random() / 2);
