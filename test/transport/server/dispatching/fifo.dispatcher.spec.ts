import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FifoDispatcher } from '../../../../src/transport/server/dispatching/fifo.dispatcher.js';
import type { Lease } from '../../../../src/transport/server/leases/lease.js';
import { LeaseRegistry } from '../../../../src/transport/server/leases/lease.registry.js';
import { message } from '../../fake-sqs.js';

const leases = (): LeaseRegistry =>
  new LeaseRegistry({ visibilityMs: 30_000, maxLeaseMs: 1e9, onLost: () => undefined });

function lease(id: string, group?: string, attributes: Record<string, string> = {}): Lease {
  const own = group === undefined ? {} : { MessageGroupId: group };
  const taken = leases().take(message(id, { ...own, ...attributes }), 0);
  if (!taken) throw new Error('not taken');
  return taken;
}

const numbered = (id: string, n: number): Lease => lease(id, 'a', { SequenceNumber: String(n) });

const idsOf = (some: readonly Lease[]): string => some.map(({ messageId }) => messageId).join(' ');

/** A dispatcher whose works the test ends by hand. */
function byHand(isLast: (lease: Lease) => boolean = () => false) {
  const started: string[] = [];
  const released: string[] = [];
  const open = new Map<string, (handled: boolean) => void>();
  const dispatcher = new FifoDispatcher({
    work: ({ messageId }) => {
      started.push(messageId);
      return new Promise((resolve) => open.set(messageId, resolve));
    },
    release: (some) => {
      released.push(idsOf(some));
      return Promise.resolve();
    },
    isLast,
    now: () => 0,
  });
  const end = async (id: string, handled = true): Promise<void> => {
    open.get(id)?.(handled);
    await nextTurn();
  };
  return { dispatcher, started, released, end };
}

describe('the FIFO dispatcher', () => {
  it('starts groups side by side and one message at a time within a group', async () => {
    const { dispatcher, started, end } = byHand();
    dispatcher.dispatch([lease('a1', 'a'), lease('a2', 'a'), lease('b1', 'b')]);
    expect(started).toEqual(['a1', 'b1']);
    await end('a1');
    expect(started).toEqual(['a1', 'b1', 'a2']);
  });

  it('releases the followers of a message that is still on the queue together, in order, and goes on with later messages', async () => {
    const { dispatcher, started, released, end } = byHand();
    dispatcher.dispatch(['a1', 'a2', 'a3'].map((id) => lease(id, 'a')));
    await end('a1', false);
    expect(released).toEqual(['a2 a3']);
    dispatcher.dispatch([lease('a4', 'a')]);
    expect(started).toEqual(['a1', 'a4']);
  });

  it('gives a message its followers, to become visible with it', () => {
    const { dispatcher } = byHand();
    const head = lease('a1', 'a');
    dispatcher.dispatch([head, lease('a2', 'a'), lease('a3', 'a')]);
    expect(idsOf(head.followers?.waiting ?? [])).toBe('a2 a3');
    expect(idsOf(head.followers?.take() ?? [])).toBe('a2 a3');
    expect(head.followers?.waiting).toEqual([]);
  });

  it('puts messages whose release has not arrived yet before newer messages of their group', async () => {
    const { dispatcher, started, released, end } = byHand();
    const [a1, a2, a3] = [numbered('a1', 8), numbered('a2', 9), numbered('a3', 10)];
    dispatcher.dispatch([a1, a2, a3]);
    for (const taken of [a1, ...(a1.followers?.take() ?? [])]) taken.state = 'releasing';
    // The first is received again; of the others one is surely ours, and the other may be visible.
    a1.reclaim('ended');
    a3.expiresAtMs = 0;
    dispatcher.dispatch([numbered('a1 again', 8), numbered('a4', 11)]);
    await end('a1', false);
    await end('a1 again');
    await end('a2');
    expect(started).toEqual(['a1', 'a1 again', 'a2', 'a4']);
    expect({ released, a2: a2.state, a3: a3.state }).toEqual({
      released: [],
      a2: 'held',
      a3: 'releasing',
    });
  });

  it('starts the messages of a receive in the order of their numbers, of whatever length', async () => {
    const { dispatcher, started, end } = byHand();
    dispatcher.dispatch([100, 12, 9, 11, 13, 8].map((n) => numbered(String(n), n)));
    for (const id of ['8', '9', '11', '12', '13']) await end(id);
    expect(started).toEqual(['8', '9', '11', '12', '13', '100']);
  });

  it('starts messages that have no numbers in the order in which they came', async () => {
    const { dispatcher, started, end } = byHand();
    dispatcher.dispatch([lease('b', 'a'), numbered('c', 1), lease('a', 'a')]);
    for (const id of ['b', 'c']) await end(id);
    expect(started).toEqual(['b', 'c', 'a']);
  });

  it('puts a failed message that is on its way back before what comes meanwhile, as it is still ours', async () => {
    const { dispatcher, started, end } = byHand();
    const [a1, a2] = [numbered('a1', 1), numbered('a2', 2)];
    dispatcher.dispatch([a1, a2]);
    for (const taken of [a1, ...(a1.followers?.take() ?? [])]) taken.state = 'releasing';
    dispatcher.dispatch([numbered('a3', 3)]);
    for (const id of ['a1', 'a1', 'a2']) await end(id, id !== 'a1' || started.length > 1);
    expect(started).toEqual(['a1', 'a1', 'a2', 'a3']);
  });

  it('releases what follows each message that failed, also where one before it was released', async () => {
    const { dispatcher, released, end } = byHand();
    const a1 = lease('a1', 'a');
    dispatcher.dispatch([a1, lease('a2', 'a')]);
    a1.followers?.take();
    await end('a1', false);
    dispatcher.dispatch([lease('a3', 'a'), lease('a4', 'a')]);
    await end('a3', false);
    expect(released).toEqual(['a4']);
  });

  it('releases what follows a message that failed, though what came before it has failed and was released meanwhile', async () => {
    const { dispatcher, started, released, end } = byHand();
    const a1 = lease('a1', 'a');
    dispatcher.dispatch([a1, lease('a2', 'a')]);
    a1.followers?.take();
    dispatcher.dispatch([lease('a3', 'a'), lease('a4', 'a')]);
    await end('a1', false);
    await end('a3', false);
    expect({ started, released }).toEqual({ started: ['a1', 'a3'], released: ['a4'] });
  });

  it('releases nothing where nothing follows a message that failed', async () => {
    const { dispatcher, released, end } = byHand();
    dispatcher.dispatch([lease('a1', 'a')]);
    await end('a1', false);
    dispatcher.release();
    await nextTurn();
    expect(released).toEqual([]);
  });

  it('when closing, releases also what comes while the last of its group is being released', async () => {
    const released: string[] = [];
    const answers: (() => void)[] = [];
    const dispatcher = new FifoDispatcher({
      work: () => nextTurn(true),
      release: (some) => {
        released.push(idsOf(some));
        return new Promise((resolve) => answers.push(resolve));
      },
      isLast: () => false,
      now: () => 0,
    });
    dispatcher.dispatch(['a1', 'a2'].map((id) => lease(id, 'a')));
    dispatcher.drain();
    dispatcher.release();
    await nextTurn();
    await nextTurn();
    dispatcher.dispatch([lease('a3', 'a')]);
    expect(released).toEqual(['a2']);
    answers[0]?.();
    await nextTurn();
    expect(released).toEqual(['a2', 'a3']);
  });

  it('takes messages without a group for one group', () => {
    const { dispatcher, started } = byHand();
    dispatcher.dispatch([lease('a'), lease('b')]);
    expect(started).toEqual(['a']);
  });

  it('when drained, keeps what has not started until it is told to release it, and no sooner than what runs has ended', async () => {
    const { dispatcher, started, released, end } = byHand();
    dispatcher.dispatch(['a1', 'a2', 'a3'].map((id) => lease(id, 'a')));
    dispatcher.dispatch(['b1', 'b2'].map((id) => lease(id, 'b')));
    dispatcher.drain();
    await end('b1');
    expect(released).toEqual([]);
    dispatcher.release();
    // SQS would hand them out beside the one that runs.
    expect(released).toEqual(['b2']);
    await end('a1');
    expect({ started, released }).toEqual({
      started: ['a1', 'b1'],
      released: ['b2', 'a2 a3'],
    });
    dispatcher.dispatch([lease('c1', 'c')]);
    await nextTurn();
    expect(released).toEqual(['b2', 'a2 a3', 'c1']);
  });

  it('when drained, goes on in a group as far as a message that SQS would not deliver again', async () => {
    const { dispatcher, started, released, end } = byHand(({ messageId }) => messageId === 'a3');
    dispatcher.dispatch(['a1', 'a2', 'a3', 'a4'].map((id) => lease(id, 'a')));
    dispatcher.drain();
    dispatcher.release();
    for (const id of ['a1', 'a2', 'a3']) await end(id);
    expect({ started, released }).toEqual({ started: ['a1', 'a2', 'a3'], released: ['a4'] });
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
          const dispatcher = new FifoDispatcher({
            work: async (one) => {
              note(one, 'started');
              const group = one.group ?? '';
              running.set(group, (running.get(group) ?? 0) + 1);
              expect(running.get(group)).toBe(1);
              await scheduler.schedule(Promise.resolve());
              running.set(group, 0);
              return arrivals[Number(one.messageId)]?.handled ?? true;
            },
            release: (some) => {
              for (const one of some) note(one, 'released');
              return Promise.resolve();
            },
            isLast: () => false,
            now: () => 0,
          });
          const dispatching = scheduler.scheduleSequence(
            arrivals.map(({ group }, n) => () => {
              dispatcher.dispatch([lease(String(n), group)]);
              return Promise.resolve();
            }),
          );
          await scheduler.waitFor(dispatching.task);
          do {
            await scheduler.waitAll();
            await nextTurn();
          } while (scheduler.count() > 0);
          expect(log.map(({ id }) => Number(id)).toSorted((x, y) => x - y)).toEqual(
            arrivals.map((_, n) => n),
          );
          for (const name of ['a', 'b', 'c']) {
            const own = log.filter(({ group }) => group === name);
            const ids = own.map(({ id }) => Number(id));
            expect(ids).toEqual(ids.toSorted((x, y) => x - y));
            // What is released stands right behind a message that failed, or behind another released one.
            const outOfPlace = own.filter(({ what }, index) => {
              const before = own[index - 1];
              const failed = before !== undefined && arrivals[Number(before.id)]?.handled === false;
              return what === 'released' && before?.what !== 'released' && !failed;
            });
            expect(outOfPlace).toEqual([]);
          }
        },
      ),
      { numRuns: 80 },
    );
  });
});
