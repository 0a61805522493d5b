import { describe, expect, it } from '@jest/globals';
import { waitFor } from '../../src/testing/index.js';

const failureOf = (waiting: Promise<unknown>): Promise<unknown> =>
  waiting.then(
    () => 'no failure',
    (error: unknown) => (error instanceof Error ? error.message : error),
  );

describe('A test that waits', () => {
  it('gets the value once it is there, and once it is what it must be', async () => {
    let reads = 0;
    expect(await waitFor('a value', () => ++reads > 2 && 'there')).toBe('there');
    expect(await waitFor('six reads', () => ++reads, { until: (count) => count >= 6 })).toBe(6);
  });

  it.each([
    ['nothing was there', () => undefined, ''],
    ['the value was another', () => 3, '; the last value was 3'],
    ['an object was another', () => [{ id: 1 }], '; the last value was [ { id: 1 } ]'],
    [
      'reading it failed',
      () => Promise.reject(new Error('Queue "orders" does not exist')),
      '; the last try failed: Queue "orders" does not exist',
    ],
  ])('fails with a sentence that says what it waited for when %s', async (_case, read, end) => {
    const waiting = waitFor<unknown>('the queue to be empty', read, {
      until: () => false,
      timeoutMs: 20,
    });
    expect(await failureOf(waiting)).toBe(`Waited 0.02 s for the queue to be empty${end}`);
  });

  it('prints no more than a thousand characters of the last value', async () => {
    const long = Array.from({ length: 50 }, () => 'x'.repeat(400));
    const waiting = waitFor('a short list', () => long, { until: () => false, timeoutMs: 20 });
    expect(String(await failureOf(waiting)).length).toBeLessThan(1100);
  });
});
