import { ChangeMessageVisibilityCommand, DeleteMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from '@jest/globals';
import type { SnsSqsContext, TransportObserver } from '../../../src/transport/index.js';
import { waitFor } from '../../support/wait.js';
import { shows } from '../engine.js';
import { Bench, emit, gate, jobs, worker } from './harness.js';

const bench = new Bench();

/** The handle under which SQS gave the message to this handler. */
const handleOf = (context: SnsSqsContext | undefined): string =>
  context?.getMessage().ReceiptHandle ?? '';

/** Resolves when the handler is told that its lease is lost. */
const told = ({ signal }: SnsSqsContext): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

describe('Leases and heartbeat', () => {
  shows(
    "past the longest lease the handler's signal is aborted, and the message is redelivered",
    [],
    async () => {
      const { topology, queue } = jobs({ visibilityTimeoutS: 1 });
      const lost: string[] = [];
      const { Worker, attempts, attempted } = worker(({ receiveCount }, context) =>
        receiveCount > 1 ? undefined : told(context),
      );
      const observer: TransportObserver = { leaseLost: ({ queue: name }) => void lost.push(name) };
      const { client } = await bench.start({
        topology,
        controllers: [Worker],
        server: { maxLeaseMs: 1, observer },
      });
      await emit(client, 'job.run', {});
      await attempted(2);
      await bench.stack.emptied(queue);
      // A copy that comes before the handler has ended is not started: it is the next one then.
      expect(attempts[1]?.receiveCount).toBeGreaterThan(1);
      expect(new Set(lost)).toEqual(new Set([queue]));
    },
  );

  shows('a second copy of a message in flight is not started, and neither stays', [], async () => {
    const { topology, queue } = jobs();
    const held = gate();
    let first: SnsSqsContext | undefined;
    let received = 0;
    const { Worker, attempts } = worker((_attempt, context) => {
      first ??= context;
      return held.opened;
    });
    const observer: TransportObserver = { received: ({ messages }) => void (received += messages) };
    const { client } = await bench.start({ topology, controllers: [Worker], server: { observer } });
    await emit(client, 'job.run', {});
    const context = await waitFor('job.run to have begun', () => first);
    await bench.stack.aws.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: await bench.stack.queueUrl(queue),
        ReceiptHandle: handleOf(context),
        VisibilityTimeout: 0,
      }),
    );
    await waitFor('the message to be received again', () => received === 2);
    held.open();
    await bench.stack.emptied(queue);
    expect(attempts).toHaveLength(1);
  });

  shows(
    'a message that another program deleted is a lost lease, and aborts the signal',
    [],
    async () => {
      const { topology, queue } = jobs({ visibilityTimeoutS: 1 });
      let context: SnsSqsContext | undefined;
      const ended: string[] = [];
      const { Worker, attempts } = worker(async (_attempt, given) => {
        context = given;
        await told(given);
        ended.push('told by its signal');
      });
      const { client } = await bench.start({ topology, controllers: [Worker] });
      await emit(client, 'job.run', {});
      await waitFor('job.run to have begun', () => context);
      await bench.stack.aws.sqs.send(
        new DeleteMessageCommand({
          QueueUrl: await bench.stack.queueUrl(queue),
          ReceiptHandle: handleOf(context),
        }),
      );
      await waitFor('the handler to be told', () => ended, { until: ({ length }) => length > 0 });
      expect({ ended, attempts: attempts.length }).toEqual({
        ended: ['told by its signal'],
        attempts: 1,
      });
      await bench.stack.emptied(queue);
    },
  );
});

describe('Shutdown', () => {
  shows('the running handler ends and is acknowledged; nothing stays invisible', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 30 });
    const held = gate();
    const ended: number[] = [];
    const { Worker, attempts, attempted } = worker(async ({ data }) => {
      await held.opened;
      ended.push((data as { n: number }).n);
    });
    const { client, server } = await bench.start({
      topology,
      controllers: [Worker],
      server: { concurrency: 1 },
    });
    await emit(client, 'job.run', { n: 1 });
    await emit(client, 'job.run', { n: 2 });
    await attempted(1);
    const closing = server.close();
    held.open();
    await closing;
    expect(await bench.stack.depth(queue)).toEqual({ visible: 1, inFlight: 0 });
    expect(attempts.map(({ data }) => data)).toEqual(ended.map((n) => ({ n })));
    expect(ended).toHaveLength(1);
  });

  shows(
    'a handler that does not end in time is given up, and its message is redelivered',
    [],
    async () => {
      const { topology, queue } = jobs({ visibilityTimeoutS: 1 });
      const { Worker, attempts, attempted } = worker(({ receiveCount }) =>
        receiveCount === 1 ? new Promise<void>(() => undefined) : undefined,
      );
      const options = { topology, controllers: [Worker], server: { drainTimeoutMs: 100 } };
      const first = await bench.start(options);
      await emit(first.client, 'job.run', {});
      await attempted(1);
      await first.close();
      await bench.start(options);
      await attempted(2);
      await bench.stack.emptied(queue);
      expect(attempts.map(({ receiveCount }) => receiveCount)).toEqual([1, 2]);
    },
  );

  shows('a message received while closing is released at once', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 30 });
    const { Worker, attempts } = worker();
    const { server } = await bench.start({ topology, controllers: [Worker] });
    const closing = server.close();
    await bench.stack.put(queue, '{}', { pattern: 'job.run' });
    await closing;
    expect(await bench.stack.depth(queue)).toEqual({ visible: 1, inFlight: 0 });
    expect(attempts).toEqual([]);
  });
});
