import { describe, expect, it } from '@jest/globals';
import { pause } from '../../src/transport/clock.js';
import { FakeClock } from '../../src/testing/index.js';

describe('a fake clock', () => {
  it('stands still until it is moved on', async () => {
    const clock = new FakeClock(1000);
    expect(clock.now()).toBe(1000);
    await clock.advance(250);
    expect(clock.now()).toBe(1250);
  });

  it('fires what falls due in its order, each at its own time', async () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    const note = (what: string) => () => void fired.push(`${what} at ${clock.now()}`);
    clock.after(300, note('late'));
    clock.after(100, note('early'));
    clock.after(301, note('never'));
    clock.every(120, note('often'));
    await clock.advance(300);
    expect(fired).toEqual(['early at 100', 'often at 120', 'often at 240', 'late at 300']);
    expect(clock.now()).toBe(300);
  });

  it('fires timers that a timer sets, and what follows from one before the next', async () => {
    const clock = new FakeClock(0);
    const fired: number[] = [];
    const again = async (): Promise<void> => {
      await Promise.resolve();
      fired.push(clock.now());
      if (fired.length < 5) clock.after(10, again);
    };
    clock.after(10, again);
    await clock.advance(45);
    expect(fired).toEqual([10, 20, 30, 40]);
  });

  it('does not fire a timer that was stopped, also by another one', async () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    const stopLater = clock.after(20, () => void fired.push('later'));
    const stopOften = clock.every(5, () => void fired.push('often'));
    clock.after(7, () => {
      stopLater();
      stopOften();
    });
    await clock.advance(100);
    expect({ fired, timers: clock.timers }).toEqual({ fired: ['often'], timers: 0 });
  });
});

describe('a pause', () => {
  it('ends with its time, or at once when it is aborted, and leaves nothing behind', async () => {
    const clock = new FakeClock(0);
    const ended: string[] = [];
    const stop = new AbortController();
    void pause(clock, 100, stop.signal).then(() => ended.push('short'));
    void pause(clock, 1000, stop.signal).then(() => ended.push('long'));
    await clock.advance(100);
    expect(ended).toEqual(['short']);
    stop.abort();
    await clock.advance(0);
    expect({ ended, timers: clock.timers }).toEqual({ ended: ['short', 'long'], timers: 0 });
    await pause(clock, 100, stop.signal);
    expect(clock.timers).toBe(0);
  });
});
