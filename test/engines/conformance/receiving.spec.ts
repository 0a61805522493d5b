import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';
import { describe, expect, jest } from '@jest/globals';
import { waitFor } from '../../support/wait.js';
import { shows } from '../engine.js';
import { AT_ONCE, Bench, emit, gate, jobs, worker } from './harness.js';

const bench = new Bench();

const receiveCounts = (attempts: readonly { readonly receiveCount: number }[]): number[] =>
  attempts.map(({ receiveCount }) => receiveCount);

describe('Retry with back-off', () => {
  shows('a failed message is redelivered until its handler succeeds', [], async () => {
    const { topology, queue } = jobs();
    const { Worker, attempts, attempted } = worker(({ receiveCount }) => {
      if (receiveCount < 3) throw new Error('not yet');
    });
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', { n: 1 });
    await attempted(3);
    await bench.stack.emptied(queue);
    expect(receiveCounts(attempts)).toEqual([1, 2, 3]);
  });

  shows('every handler of a pattern runs again when one of them fails', [], async () => {
    const { topology, queue } = jobs();
    const first = worker(({ receiveCount }) => {
      if (receiveCount === 1) throw new Error('fails once');
    });
    const second = worker();
    const { client } = await bench.start({
      topology,
      controllers: [first.Worker, second.Worker],
      server: AT_ONCE,
    });
    await emit(client, 'job.run', {});
    await Promise.all([first.attempted(2), second.attempted(2)]);
    await bench.stack.emptied(queue);
    expect([first, second].map(({ attempts }) => receiveCounts(attempts))).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });
});

describe('Concurrency', () => {
  shows('no more messages are in flight than it allows; it changes while running', [], async () => {
    const { topology, queue } = jobs();
    const held = gate();
    const { Worker, attempted } = worker(() => held.opened);
    const { client, server } = await bench.start({
      topology,
      controllers: [Worker],
      server: { concurrency: 3 },
    });
    await Promise.all(Array.from({ length: 8 }, (_, n) => emit(client, 'job.run', { n })));
    await attempted(3);
    expect(await bench.stack.depth(queue)).toEqual({ visible: 5, inFlight: 3 });
    expect(server.health()).toMatchObject([{ queue, inFlight: 3, state: 'running' }]);
    server.setConcurrency(queue, 5);
    await attempted(5);
    held.open();
    await attempted(8);
    await bench.stack.emptied(queue);
  });

  shows('a hundred messages are each handled once, and their queue is empty', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 30 });
    const { Worker, attempts, attempted } = worker();
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await Promise.all(Array.from({ length: 100 }, (_, n) => emit(client, 'job.run', { n })));
    await attempted(100);
    await bench.stack.emptied(queue);
    const numbers = attempts.map(({ data }) => (data as { n: number }).n);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  shows('a paused queue is not received from until it is resumed', [], async () => {
    const { topology, queue } = jobs();
    const { Worker, attempts, attempted } = worker();
    const { client, server } = await bench.start({ topology, controllers: [Worker] });
    const paused = server.pause(queue);
    bench.stack.endLongPolls();
    await paused;
    expect(server.health()).toMatchObject([{ queue, state: 'paused' }]);
    await emit(client, 'job.run', {});
    expect(await bench.stack.depth(queue)).toEqual({ visible: 1, inFlight: 0 });
    expect(attempts).toEqual([]);
    server.resume(queue);
    await attempted(1);
    await bench.stack.emptied(queue);
  });
});

describe('Health', () => {
  shows('a queue that is deleted is down, with the reason', [], async () => {
    const { topology, queue } = jobs();
    const { server } = await bench.start({ topology, controllers: [worker().Worker] });
    // ElasticMQ leaves a poll that is open when its queue goes unanswered.
    const paused = server.pause(queue);
    bench.stack.endLongPolls();
    await paused;
    await bench.stack.aws.sqs.send(
      new DeleteQueueCommand({ QueueUrl: await bench.stack.queueUrl(queue) }),
    );
    server.resume(queue);
    await waitFor('the queue to be down', () => server.health()[0]?.state === 'down');
    expect(server.health()).toMatchObject([
      { queue, reason: expect.stringMatching(/QueueDoesNotExist|NonExistentQueue/) },
    ]);
  });

  shows(
    'a queue whose every pool slot is held past its lease is stalled, says so once, and goes on when a handler ends',
    [],
    async () => {
      const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
      const { topology, queue } = jobs({ visibilityTimeoutS: 1 });
      const held = gate();
      const { Worker, attempts, attempted } = worker(() =>
        attempts.length <= 2 ? held.opened : undefined,
      );
      const { client, server } = await bench.start({
        topology,
        controllers: [Worker],
        server: { concurrency: 2, maxLeaseMs: 1 },
      });
      await emit(client, 'job.run', { n: 1 });
      await attempted(1);
      await emit(client, 'job.run', { n: 2 });
      await waitFor('the queue to be stalled', () => server.health()[0]?.state === 'stalled');
      expect(server.health()).toEqual([
        {
          queue,
          inFlight: 2,
          state: 'stalled',
          reason: expect.stringContaining(
            'every pool slot is held by a handler that has not ended',
          ),
        },
      ]);
      const said = warn.mock.calls.filter(([text]) => String(text).includes('is stalled'));
      warn.mockRestore();
      expect(said).toHaveLength(1);
      held.open();
      await bench.stack.emptied(queue);
      expect(server.health()).toMatchObject([{ state: 'running' }]);
    },
  );
});
