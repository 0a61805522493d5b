import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ByteBudget, type ByteShare } from '../../src/aws/byte-budget.js';

describe('a byte budget', () => {
  it('never holds more than its capacity, but for one piece that is larger alone, and serves all in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        async (amounts, choices) => {
          const budget = new ByteBudget(100);
          const held: { amount: number; share: ByteShare }[] = [];
          const order: number[] = [];
          const takes = amounts.map(async (amount, at) => {
            const share = await budget.take(amount);
            order.push(at);
            held.push({ amount, share });
          });
          while (order.length < amounts.length || held.length > 0) {
            await Promise.resolve();
            const sum = held.reduce((bytes, { amount }) => bytes + amount, 0);
            expect(budget.taken).toBeGreaterThanOrEqual(sum);
            expect(budget.taken).toBeLessThanOrEqual(held.length > 1 ? 100 : 120);
            const [choice] = choices.take(1);
            const [one] = held.splice((choice ?? 0) % Math.max(1, held.length), 1);
            one?.share.release();
            one?.share.release();
          }
          await Promise.all(takes);
          expect(order).toEqual(amounts.map((_amount, at) => at));
          expect(budget.taken).toBe(0);
        },
      ),
    );
  });

  it('lets the next piece in when one gives up its wait', async () => {
    const budget = new ByteBudget(10);
    const six = await budget.take(6);
    const stop = new AbortController();
    const large = budget.take(9, stop.signal);
    const small = budget.take(4);
    stop.abort(new Error('given up'));
    await expect(large).rejects.toThrow('given up');
    (await small).release();
    six.release();
    expect([budget.taken, budget.waiting]).toEqual([0, 0]);
  });

  it('refuses a wait whose signal is aborted already, but not capacity that is free', async () => {
    const budget = new ByteBudget(10);
    const aborted = AbortSignal.abort(new Error('too late'));
    const share = await budget.take(10, aborted);
    await expect(budget.take(1, aborted)).rejects.toThrow('too late');
    share.release();
  });

  it('frees capacity at once when a piece turns out to be smaller', async () => {
    const budget = new ByteBudget(10);
    const share = await budget.take(10);
    const next = budget.take(7);
    share.shrinkTo(3);
    share.shrinkTo(5);
    (await next).release();
    expect(budget.taken).toBe(3);
    share.release();
    expect(budget.taken).toBe(0);
  });
});
