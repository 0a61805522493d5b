import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Room } from '../../../src/transport/sender/room.js';

const LIMITS = { messages: 4, bytes: 100 };

describe('the room for what waits to be sent', () => {
  it('never holds more than its limits, unless one message alone does, and lets in first come first served', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 130 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(sizes, async (given) => {
        const room = new Room(LIMITS);
        const inside: number[] = [];
        const entered: number[] = [];
        const all = given.map(async (bytes, index) => {
          const wait = room.enter(bytes);
          if (wait) await wait;
          inside.push(bytes);
          entered.push(index);
          const total = inside.reduce((sum, one) => sum + one, 0);
          expect(
            inside.length === 1 || (inside.length <= LIMITS.messages && total <= LIMITS.bytes),
          ).toBe(true);
          await Promise.resolve();
          inside.splice(inside.indexOf(bytes), 1);
          room.leave(bytes);
        });
        await Promise.all(all);
        expect(entered).toEqual(given.map((_, index) => index));
      }),
    );
  });

  it('asks nobody to wait while there is room', () => {
    const room = new Room(LIMITS);
    expect([room.enter(50), room.enter(50)]).toEqual([undefined, undefined]);
    expect(room.enter(1)).toBeInstanceOf(Promise);
  });
});
