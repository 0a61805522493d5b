import { describe, expect, it } from '@jest/globals';
import { atMost } from '../../src/common/at-most.js';
import { FakeClock } from '../../src/testing/index.js';

const never = new Promise<void>(() => undefined);

describe('waiting for work, and no longer than so many milliseconds', () => {
  it('work that ends in time has ended, and no timer is left', async () => {
    const clock = new FakeClock();
    const stopped: number[] = [];
    const timers = {
      after: (delayMs: number, callback: () => void) => {
        const stop = clock.after(delayMs, callback);
        return () => {
          stopped.push(delayMs);
          stop();
        };
      },
    };
    await expect(atMost(timers, 100, Promise.resolve('done'))).resolves.toBe('ended');
    expect(stopped).toEqual([100]);
  });

  it('work that goes on is not waited for past its time', async () => {
    const clock = new FakeClock();
    const waiting = atMost(clock, 100, never);
    await clock.advance(100);
    await expect(waiting).resolves.toBe('timedOut');
  });

  it('a time that is over already ends the wait with the next turn', async () => {
    const clock = new FakeClock();
    const waiting = atMost(clock, -5, never);
    await clock.advance(0);
    await expect(waiting).resolves.toBe('timedOut');
  });

  it('work that fails in time fails the wait, and one that fails later fails nothing', async () => {
    const clock = new FakeClock();
    await expect(atMost(clock, 100, Promise.reject(new Error('no')))).rejects.toThrow('no');
    const { promise, reject } = Promise.withResolvers<void>();
    const waiting = atMost(clock, 100, promise);
    await clock.advance(100);
    await expect(waiting).resolves.toBe('timedOut');
    reject(new Error('later'));
  });
});
