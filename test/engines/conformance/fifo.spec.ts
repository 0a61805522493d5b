import { describe, expect } from '@jest/globals';
import { PermanentError, record } from '../../../src/transport/index.js';
import { waitFor } from '../../support/wait.js';
import { shows } from '../engine.js';
import { Bench, emit, fifoJobs, gate, topicJobs, worker, type Attempt } from './harness.js';

const bench = new Bench();

interface Numbered {
  readonly group: string;
  readonly n: number;
}

/** What was handled of a group, in the order it was. */
const handledOf = (attempts: readonly Attempt[], group: string): number[] =>
  attempts
    .map(({ data }) => data as Numbered)
    .filter((data) => data.group === group)
    .map(({ n }) => n);

const inGroup = (group: string, n: number) => record({ group, n }).withGroup(group).build();

const GROUPS = ['a', 'b', 'c'];

describe('FIFO', () => {
  shows(
    'a group is handled in the order it was sent, groups side by side',
    ['groupComesBackInOrder'],
    async () => {
      const { topology, queue } = fifoJobs();
      const { Worker, attempts } = worker();
      const { client } = await bench.start({ topology, controllers: [Worker] });
      for (let n = 0; n < 30; n += 1) client.emit('job.run', inGroup(GROUPS[n % 3] ?? '', n));
      await waitFor(() => attempts.length === 30, { timeoutMs: 30_000 });
      for (const [index, group] of GROUPS.entries())
        expect(handledOf(attempts, group)).toEqual(
          Array.from({ length: 10 }, (_, n) => n * 3 + index),
        );
      await bench.stack.emptied(queue);
    },
  );

  shows(
    'a message that fails blocks its group until it succeeds, and no other',
    ['groupComesBackInOrder'],
    async () => {
      const { topology, queue } = fifoJobs();
      const { Worker, attempts } = worker(({ data, receiveCount }) => {
        if ((data as Numbered).n === 0 && receiveCount < 3) throw new Error('the head fails');
      });
      const { client } = await bench.start({ topology, controllers: [Worker] });
      for (const n of [0, 1, 2]) client.emit('job.run', inGroup('a', n));
      await emit(client, 'job.run', inGroup('b', 9));
      await waitFor(() => attempts.length === 6, { timeoutMs: 30_000 });
      expect(handledOf(attempts, 'a')).toEqual([0, 0, 0, 1, 2]);
      expect(handledOf(attempts, 'b')).toEqual([9]);
      await bench.stack.emptied(queue);
    },
  );

  shows(
    'a dead-lettered head lets its group go on, and keeps its group',
    ['groupComesBackInOrder'],
    async () => {
      const { topology, queue } = fifoJobs();
      const { Worker, attempts } = worker(({ data }) => {
        if ((data as Numbered).n === 0) throw new PermanentError('useless');
      });
      const { client } = await bench.start({ topology, controllers: [Worker] });
      for (const n of [0, 1, 2]) client.emit('job.run', inGroup('a', n));
      await waitFor(() => attempts.length >= 3, { timeoutMs: 30_000 });
      await bench.stack.emptied(queue);
      expect(handledOf(attempts, 'a')).toEqual([0, 1, 2]);
      const copy = await bench.stack.take(queue.replace('.fifo', '-dlq.fifo'));
      expect(copy.Attributes?.MessageGroupId).toBe('a');
    },
  );

  shows(
    'a group keeps its order when its process closes and another goes on',
    ['groupComesBackInOrder'],
    async () => {
      const { topology, queue } = fifoJobs({ visibilityTimeoutS: 20 });
      const held = gate();
      const { Worker, attempts } = worker(({ data }) =>
        (data as Numbered).n === 0 ? held.opened : undefined,
      );
      const first = await bench.start({ topology, controllers: [Worker] });
      for (const n of [0, 1, 2, 3]) first.client.emit('job.run', inGroup('a', n));
      await waitFor(() => attempts.length === 1);
      const closing = first.server.close();
      await bench.start({ topology, controllers: [Worker] });
      held.open();
      await closing;
      await waitFor(() => attempts.length >= 4);
      await bench.stack.emptied(queue);
      expect(handledOf(attempts, 'a')).toEqual([0, 1, 2, 3]);
    },
  );

  shows(
    'one message sent twice under its id arrives once',
    ['deduplicatesWhatIsDeleted'],
    async () => {
      const { topology, queue } = fifoJobs();
      const { Worker, attempts } = worker();
      const { client } = await bench.start({ topology, controllers: [Worker] });
      const same = { group: 'a', n: 1 };
      for (const _ of [1, 2])
        await emit(
          client,
          'job.run',
          record(same).withGroup('a').withId('one-and-the-same').build(),
        );
      await emit(client, 'job.run', inGroup('a', 2));
      await waitFor(() => handledOf(attempts, 'a').includes(2));
      await bench.stack.emptied(queue);
      expect(handledOf(attempts, 'a')).toEqual([1, 2]);
    },
  );

  shows(
    'order holds from a FIFO topic to its FIFO queue',
    ['sns', 'groupComesBackInOrder'],
    async () => {
      const { topology, queue } = topicJobs({}, '.fifo');
      const { Worker, attempts } = worker();
      const { client } = await bench.start({ topology, controllers: [Worker] });
      for (let n = 0; n < 20; n += 1) client.emit('job.run', inGroup(GROUPS[n % 2] ?? '', n));
      await waitFor(() => attempts.length === 20, { timeoutMs: 30_000 });
      for (const [index, group] of GROUPS.slice(0, 2).entries())
        expect(handledOf(attempts, group)).toEqual(
          Array.from({ length: 10 }, (_, n) => n * 2 + index),
        );
      await bench.stack.emptied(queue);
    },
  );
});
