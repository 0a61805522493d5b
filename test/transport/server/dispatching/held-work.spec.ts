import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../../src/testing/index.js';
import { HeldWork } from '../../../../src/transport/server/dispatching/held-work.js';
import { Lease } from '../../../../src/transport/server/leases/lease.js';
import { message } from '../../fake-sqs.js';
import { placeOf } from '../line.js';
import { behind } from '../settled-queue.js';

const lease = (id: string): Lease => new Lease(message(id), id, `${id}-handle`, 0, 30_000);

/** Work that fails and is held for a second each time, until the test says how it ends. */
function held(ends: (tries: number, lease: Lease) => boolean) {
  const clock = new FakeClock(0);
  const tries: number[] = [];
  const released: string[] = [];
  const work = new HeldWork(
    (one) => {
      tries.push(clock.monotonicMs());
      const off = ends(tries.length, one);
      if (!off && one.state === 'held') {
        one.heldRetries += 1;
        one.heldUntilMs = clock.monotonicMs() + 1000;
      }
      return Promise.resolve(off);
    },
    (some) => Promise.resolve(void released.push(some.map(({ messageId }) => messageId).join(' '))),
    clock,
  );
  return { clock, tries, released, work };
}

describe('a message that is held where it failed', () => {
  it('is tried again after each back-off, until it is off the queue', async () => {
    const { clock, tries, work, released } = held((n) => n === 3);
    const done = work.run(lease('a'));
    for (const ms of [1000, 999, 1]) await clock.advance(ms);
    expect(await placeOf(done)).toBe('deleted');
    expect({ tries, released, timers: clock.timers }).toEqual({
      tries: [0, 1000, 2000],
      released: [],
      timers: 0,
    });
  });

  it('is not tried again once it is released or lost', async () => {
    const { work, tries } = held((_n, one) => {
      one.state = 'releasing';
      return false;
    });
    expect(await placeOf(work.run(lease('a')))).toBe('on the queue');
    expect(tries).toEqual([0]);
  });

  it('waits for its time first where it failed in a batch behind another one', async () => {
    const { clock, tries, work } = held(() => true);
    const one = lease('a');
    one.heldRetries = 1;
    one.heldUntilMs = 700;
    const done = work.run(one);
    await clock.advance(699);
    expect(tries).toEqual([]);
    await clock.advance(1);
    expect(await placeOf(done)).toBe('deleted');
    expect(tries).toEqual([700]);
  });

  it('is tried at once where its time has passed already', async () => {
    const { clock, tries, work } = held(() => true);
    await clock.advance(5000);
    const one = lease('a');
    one.heldRetries = 1;
    const done = work.run(one);
    await clock.advance(0);
    expect(await placeOf(done)).toBe('deleted');
    expect(tries).toEqual([5000]);
  });

  it('is released with what follows it when its process closes, and is tried no more', async () => {
    const { clock, tries, released, work } = held(() => false);
    const one = lease('a');
    one.followers = behind(lease('b'), lease('c'));
    const done = work.run(one);
    await clock.advance(500);
    work.stop();
    expect(await placeOf(done)).toBe('on the queue');
    expect({ tries, released, timers: clock.timers }).toEqual({
      tries: [0],
      released: ['a b c'],
      timers: 0,
    });
  });

  it('is released alone when its process closes and nothing follows it', async () => {
    const { released, work, tries } = held(() => false);
    work.stop();
    expect(await placeOf(work.run(lease('a')))).toBe('on the queue');
    expect({ released, tries }).toEqual({ released: ['a'], tries: [0] });
  });

  it('is given what waits behind it at each try', async () => {
    const clock = new FakeClock(0);
    const waiting = [lease('b')];
    const given: unknown[] = [];
    const work = new HeldWork(
      (_lease, following) => Promise.resolve(Boolean(given.push(following))),
      () => Promise.resolve(),
      clock,
    );
    await work.run(lease('a'), waiting);
    expect(given).toEqual([waiting]);
  });
});
