import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { FifoDispatcher } from '../../../../src/transport/server/dispatching/fifo.dispatcher.js';
import type { Lease } from '../../../../src/transport/server/leases/lease.js';
import { LeaseRegistry } from '../../../../src/transport/server/leases/lease.registry.js';
import { message } from '../../fake-sqs.js';

const leases = (): LeaseRegistry =>
  new LeaseRegistry({ visibilityMs: 30_000, maxLeaseMs: 1e9, onLost: () => undefined });

function lease(id: string, group?: string): Lease {
  const taken = leases().take(message(id, group === undefined ? {} : { MessageGroupId: group }), 0);
  if (!taken) throw new Error('not taken');
  return taken;
}

/** A dispatcher whose works the test ends by hand. */
function byHand() {
  const started: string[] = [];
  const released: string[] = [];
  const open = new Map<string, (handled: boolean) => void>();
  const dispatcher = new FifoDispatcher(
    ({ messageId }) => {
      started.push(messageId);
      return new Promise((resolve) => open.set(messageId, resolve));
    },
    ({ messageId }) => void released.push(messageId),
  );
  const end = async (id: string, handled = true): Promise<void> => {
    open.get(id)?.(handled);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { dispatcher, started, released, end };
}

describe('the FIFO dispatcher', () => {
  it('starts groups side by side and one message at a time within a group', async () => {
    const { dispatcher, started, end } = byHand();
    for (const [id, group] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['b1', 'b'],
    ] as const)
      dispatcher.dispatch(lease(id, group));
    expect(started).toEqual(['a1', 'b1']);
    await end('a1');
    expect(started).toEqual(['a1', 'b1', 'a2']);
  });

  it('releases the followers of a message that is still on the queue, in order, and goes on with the next', async () => {
    const { dispatcher, started, released, end } = byHand();
    for (const id of ['a1', 'a2', 'a3']) dispatcher.dispatch(lease(id, 'a'));
    await end('a1', false);
    expect(released).toEqual(['a2', 'a3']);
    dispatcher.dispatch(lease('a4', 'a'));
    expect(started).toEqual(['a1', 'a4']);
  });

  it('hides the followers of a message for as long as it is hidden itself, and in the same moment', () => {
    const hidden: unknown[] = [];
    const dispatcher = new FifoDispatcher(
      () => new Promise(() => undefined),
      ({ messageId }, hiddenS) => void hidden.push([messageId, hiddenS]),
    );
    const head = lease('a1', 'a');
    for (const one of [head, lease('a2', 'a'), lease('a3', 'a')]) dispatcher.dispatch(one);
    head.onHidden?.(7);
    expect(hidden).toEqual([
      ['a2', 7],
      ['a3', 7],
    ]);
  });

  it('takes messages without a group for one group', () => {
    const { dispatcher, started } = byHand();
    dispatcher.dispatch(lease('a'));
    dispatcher.dispatch(lease('b'));
    expect(started).toEqual(['a']);
  });

  it('when drained, gives back what has not started once what runs has ended', async () => {
    const { dispatcher, started, released, end } = byHand();
    for (const id of ['a1', 'a2', 'a3']) dispatcher.dispatch(lease(id, 'a'));
    dispatcher.drain();
    // SQS would hand them out beside the one that runs.
    expect({ started, released }).toEqual({ started: ['a1'], released: [] });
    await end('a1');
    expect({ started, released }).toEqual({ started: ['a1'], released: ['a2', 'a3'] });
  });

  it('every message is started or released exactly once, in the order of its group, none after a failed one', async () => {
    const arrival = fc.record({ group: fc.constantFrom('a', 'b', 'c'), handled: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { maxLength: 30 }),
        fc.scheduler(),
        async (arrivals, scheduler) => {
          const log: { id: string; group: string; what: 'started' | 'released' }[] = [];
          const running = new Map<string, number>();
          const note = (one: Lease, what: 'started' | 'released'): void =>
            void log.push({ id: one.messageId, group: one.group ?? '', what });
          const dispatcher = new FifoDispatcher(
            async (one) => {
              note(one, 'started');
              const group = one.group ?? '';
              running.set(group, (running.get(group) ?? 0) + 1);
              expect(running.get(group)).toBe(1);
              await scheduler.schedule(Promise.resolve());
              running.set(group, 0);
              return arrivals[Number(one.messageId)]?.handled ?? true;
            },
            (one) => note(one, 'released'),
          );
          const dispatching = scheduler.scheduleSequence(
            arrivals.map(({ group }, n) => () => {
              dispatcher.dispatch(lease(String(n), group));
              return Promise.resolve();
            }),
          );
          await scheduler.waitFor(dispatching.task);
          do {
            await scheduler.waitAll();
            await new Promise((resolve) => setImmediate(resolve));
          } while (scheduler.count() > 0);
          expect(log.map(({ id }) => Number(id)).toSorted((x, y) => x - y)).toEqual(
            arrivals.map((_, n) => n),
          );
          for (const name of ['a', 'b', 'c']) {
            const own = log.filter(({ group }) => group === name);
            const ids = own.map(({ id }) => Number(id));
            expect(ids).toEqual(ids.toSorted((x, y) => x - y));
            // What is released stands right behind a message that failed, or behind another released one.
            own.forEach(({ what }, index) => {
              const before = own[index - 1];
              const failed = before !== undefined && arrivals[Number(before.id)]?.handled === false;
              expect(what === 'started' || before?.what === 'released' || failed).toBe(true);
            });
          }
        },
      ),
      { numRuns: 80 },
    );
  });
});
