import { describe, expect } from '@jest/globals';
import {
  DEAD_LETTER_REASON,
  PermanentError,
  record,
  type SnsSqsServerOptions,
} from '../../../src/transport/index.js';
import type { FifoFailurePolicy } from '../../../src/transport/topology/index.js';
import { shows } from '../engine.js';
import {
  AT_ONCE,
  Bench,
  deadLetters,
  emit,
  fifoJobs,
  gate,
  topicJobs,
  worker,
  type Attempt,
  type Work,
} from './harness.js';

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
      const { Worker, attempts, attempted } = worker();
      const { client } = await bench.start({ topology, controllers: [Worker] });
      for (let n = 0; n < 30; n += 1) client.emit('job.run', inGroup(GROUPS[n % 3] ?? '', n));
      await attempted(30);
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
      const { Worker, attempts, attempted } = worker(({ data, receiveCount }) => {
        if ((data as Numbered).n === 0 && receiveCount < 3) throw new Error('the head fails');
      });
      const { client } = await bench.start({ topology, controllers: [Worker], server: AT_ONCE });
      for (const n of [0, 1, 2]) client.emit('job.run', inGroup('a', n));
      await emit(client, 'job.run', inGroup('b', 9));
      await attempted(6);
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
      const { Worker, attempts, attempted } = worker(({ data }) => {
        if ((data as Numbered).n === 0) throw new PermanentError('useless');
      });
      const { client } = await bench.start({ topology, controllers: [Worker] });
      for (const n of [0, 1, 2]) client.emit('job.run', inGroup('a', n));
      await attempted(3);
      await bench.stack.emptied(queue);
      expect(handledOf(attempts, 'a')).toEqual([0, 1, 2]);
      const copy = await bench.stack.take(deadLetters(queue));
      expect(copy.Attributes?.MessageGroupId).toBe('a');
    },
  );

  shows(
    'a group keeps its order when its process closes and another goes on',
    ['groupComesBackInOrder'],
    async () => {
      const { topology, queue } = fifoJobs({ visibilityTimeoutS: 20 });
      const held = gate();
      const { Worker, attempts, attempted } = worker(({ data }) =>
        (data as Numbered).n === 0 ? held.opened : undefined,
      );
      const first = await bench.start({ topology, controllers: [Worker] });
      for (const n of [0, 1, 2, 3]) first.client.emit('job.run', inGroup('a', n));
      await attempted(1);
      const closing = first.server.close();
      await bench.start({ topology, controllers: [Worker] });
      held.open();
      await closing;
      await attempted(4);
      await bench.stack.emptied(queue);
      expect(handledOf(attempts, 'a')).toEqual([0, 1, 2, 3]);
    },
  );

  shows(
    'one message sent twice under its id arrives once',
    ['deduplicatesWhatIsDeleted'],
    async () => {
      const { topology, queue } = fifoJobs();
      const { Worker, attempts, attempted } = worker();
      const { client } = await bench.start({ topology, controllers: [Worker] });
      const same = { group: 'a', n: 1 };
      for (const _ of [1, 2])
        await emit(
          client,
          'job.run',
          record(same).withGroup('a').withId('one-and-the-same').build(),
        );
      await emit(client, 'job.run', inGroup('a', 2));
      await attempted(2);
      await bench.stack.emptied(queue);
      expect(handledOf(attempts, 'a')).toEqual([1, 2]);
    },
  );

  shows(
    'order holds from a FIFO topic to its FIFO queue',
    ['sns', 'groupComesBackInOrder'],
    async () => {
      const { topology, queue } = topicJobs({}, '.fifo');
      const { Worker, attempts, attempted } = worker();
      const { client } = await bench.start({ topology, controllers: [Worker] });
      for (let n = 0; n < 20; n += 1) client.emit('job.run', inGroup(GROUPS[n % 2] ?? '', n));
      await attempted(20);
      for (const [index, group] of GROUPS.slice(0, 2).entries())
        expect(handledOf(attempts, group)).toEqual(
          Array.from({ length: 10 }, (_, n) => n * 2 + index),
        );
      await bench.stack.emptied(queue);
    },
  );

  shows('a record without a group is refused before anything is sent', [], async () => {
    const { topology, queue } = fifoJobs();
    const { client } = await bench.start({ topology });
    await expect(emit(client, 'job.run', {})).rejects.toMatchObject({
      code: 'WEFT_INVALID_RECORD',
    });
    expect(await bench.stack.depth(queue)).toEqual({ visible: 0, inFlight: 0 });
  });
});

const numberOf = ({ data }: Attempt): number => (data as Numbered).n;

/** Three messages of one group on a queue with that policy, whose first one does what the test says. */
async function startGroup(
  onFailure: FifoFailurePolicy,
  maxReceiveCount: number,
  work: Work,
  options: Partial<SnsSqsServerOptions> = AT_ONCE,
) {
  const { topology, queue } = fifoJobs({ onFailure, deadLetter: { maxReceiveCount } });
  const handled: number[] = [];
  const { Worker, attempts, attempted } = worker(async (attempt, context) => {
    if (numberOf(attempt) === 0) await work(attempt, context);
    handled.push(numberOf(attempt));
  });
  const { client, server } = await bench.start({
    topology,
    controllers: [Worker],
    server: options,
  });
  await Promise.all([0, 1, 2].map((n) => emit(client, 'job.run', inGroup('a', n))));
  return { queue, attempts, attempted, handled, server };
}

/** What the dead letter of a queue says. */
async function reasonOf(queue: string): Promise<string | undefined> {
  const copy = await bench.stack.take(deadLetters(queue));
  return copy.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue;
}

describe('FIFO: what a message that fails does to its group', () => {
  shows(
    'a held one is received once, and tried until it succeeds while its group waits',
    ['groupComesBackInOrder'],
    async () => {
      let tries = 0;
      const { queue, attempts, attempted, handled } = await startGroup('hold', 10, () => {
        tries += 1;
        if (tries <= 3) throw new Error(`attempt ${tries} fails`);
      });
      await attempted(6);
      await bench.stack.emptied(queue);
      expect(attempts.filter((one) => numberOf(one) === 0)).toMatchObject(
        Array.from({ length: 4 }, () => ({ receiveCount: 1 })),
      );
      expect(handled).toEqual([0, 1, 2]);
    },
  );

  shows(
    'a held one is dead-lettered after as many tries as SQS would have made, and its group goes on',
    ['groupComesBackInOrder'],
    async () => {
      const lasts: boolean[] = [];
      const { queue, attempted, handled } = await startGroup('hold', 3, (_attempt, context) => {
        lasts.push(context.isLastAttempt);
        throw new Error(`attempt ${lasts.length} fails`);
      });
      await attempted(5);
      await bench.stack.emptied(queue);
      expect(await reasonOf(queue)).toBe('attempt 3 fails');
      expect({ lasts, handled }).toEqual({ lasts: [false, false, true], handled: [1, 2] });
    },
  );

  shows(
    'one that is held when its process closes is released, and no follower was handled before it',
    [],
    async () => {
      const { queue, attempted, handled, server } = await startGroup(
        'hold',
        100,
        () => {
          throw new Error('not yet');
        },
        { retry: { baseS: 300, capS: 300 } },
      );
      await attempted(1);
      await server.close();
      expect(handled).toEqual([]);
      expect(await bench.stack.depth(queue)).toEqual({ visible: 3, inFlight: 0 });
    },
  );

  shows(
    'a skipped one is dead-lettered at its first failure, and its group goes on',
    ['groupComesBackInOrder'],
    async () => {
      const { queue, attempts, attempted, handled } = await startGroup('skip', 10, () => {
        throw new Error('fails');
      });
      await attempted(3);
      await bench.stack.emptied(queue);
      expect(await reasonOf(queue)).toBe('fails');
      expect(attempts.map(numberOf)).toEqual([0, 1, 2]);
      expect(handled).toEqual([1, 2]);
    },
  );
});
