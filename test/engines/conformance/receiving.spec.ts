import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect } from '@jest/globals';
import {
  DEAD_LETTER_DETAILS,
  DEAD_LETTER_REASON,
  PermanentError,
  type SnsSqsContext,
  type TransportObserver,
} from '../../../src/transport/index.js';
import { waitFor } from '../../support/wait.js';
import { shows } from '../engine.js';
import { Bench, emit, gate, jobs, worker } from './harness.js';

const bench = new Bench();

describe('Retry with back-off', () => {
  shows('a failed message is redelivered until its handler succeeds', [], async () => {
    const { topology, queue } = jobs();
    const { Worker, attempts } = worker(({ receiveCount }) => {
      if (receiveCount < 3) throw new Error('not yet');
    });
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', { n: 1 });
    await waitFor(() => attempts.length === 3);
    expect(attempts.map(({ receiveCount }) => receiveCount)).toEqual([1, 2, 3]);
    await bench.stack.emptied(queue);
  });

  shows('every handler of a pattern runs again when one of them fails', [], async () => {
    const { topology, queue } = jobs();
    const { Worker: First, attempts: first } = worker(({ receiveCount }) => {
      if (receiveCount === 1) throw new Error('fails once');
    });
    const { Worker: Second, attempts: second } = worker();
    const { client } = await bench.start({ topology, controllers: [First, Second] });
    await emit(client, 'job.run', {});
    await waitFor(() => first.length === 2 && second.length === 2);
    await bench.stack.emptied(queue);
  });
});

describe('Dead-letter queues', () => {
  shows('SQS moves a message after its last receive, which its handler knows', [], async () => {
    const { topology, queue } = jobs({ deadLetter: { maxReceiveCount: 2 } });
    const lasts: boolean[] = [];
    const { Worker } = worker((_attempt, { isLastAttempt }) => {
      lasts.push(isLastAttempt);
      throw new Error('never');
    });
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', { n: 1 });
    const { Body: body = '' } = await bench.stack.take(`${queue}-dlq`);
    expect(JSON.parse(body)).toMatchObject({ pattern: 'job.run', data: { n: 1 } });
    expect(lasts).toEqual([false, true]);
    await bench.stack.emptied(queue);
  });

  shows('a moved message names the queue it came from', ['deadLetterSource'], async () => {
    const { topology, queue } = jobs({ deadLetter: { maxReceiveCount: 1 } });
    const { Worker } = worker(() => {
      throw new Error('never');
    });
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', {});
    const { Attributes: attributes } = await bench.stack.take(`${queue}-dlq`);
    expect(attributes).toMatchObject({
      DeadLetterQueueSourceArn: expect.stringMatching(new RegExp(`:${queue}$`)),
    });
  });

  shows('a permanent error: body, attributes of every type, reason and id arrive', [], async () => {
    const { topology, queue } = jobs();
    const { Worker, attempts } = worker(() => {
      throw new PermanentError('the order was cancelled');
    });
    await bench.start({ topology, controllers: [Worker] });
    const { MessageId: id } = await bench.stack.aws.sqs.send(
      new SendMessageCommand({
        QueueUrl: await bench.stack.queueUrl(queue),
        MessageBody: '{"n":1}',
        MessageAttributes: {
          pattern: { DataType: 'String', StringValue: 'job.run' },
          weight: { DataType: 'Number.float', StringValue: '2.5' },
          seal: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 1]) },
        },
      }),
    );
    const { Body, MessageAttributes: copied = {} } = await bench.stack.take(`${queue}-dlq`);
    expect(Body).toBe('{"n":1}');
    expect(copied).toMatchObject({
      pattern: { DataType: 'String', StringValue: 'job.run' },
      weight: { DataType: 'Number.float', StringValue: '2.5' },
      [DEAD_LETTER_REASON]: { StringValue: 'the order was cancelled' },
    });
    expect([...(copied['seal']?.BinaryValue ?? [])]).toEqual([0, 255, 1]);
    expect(JSON.parse(copied[DEAD_LETTER_DETAILS]?.StringValue ?? '')).toMatchObject({
      queue,
      messageId: id,
      receiveCount: 1,
    });
    await bench.stack.emptied(queue);
    expect(attempts).toHaveLength(1);
  });

  shows('a message with ten attributes keeps them all within the limit of ten', [], async () => {
    const { topology, queue } = jobs();
    const { Worker } = worker(() => {
      throw new PermanentError('no');
    });
    await bench.start({ topology, controllers: [Worker] });
    const sent = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`a${n}`, `value ${n}`]));
    await bench.stack.put(queue, '{}', { pattern: 'job.run', ...sent });
    const { MessageAttributes: copied = {} } = await bench.stack.take(`${queue}-dlq`);
    const details: { attributes: Record<string, unknown> } = JSON.parse(
      copied[DEAD_LETTER_DETAILS]?.StringValue ?? '{}',
    );
    expect(new Set([...Object.keys(copied), ...Object.keys(details.attributes)])).toEqual(
      new Set([...Object.keys(sent), 'pattern', DEAD_LETTER_REASON, DEAD_LETTER_DETAILS]),
    );
  });

  shows('what nobody can read goes there, and the next message is handled', [], async () => {
    const { topology, queue } = jobs();
    const { Worker, attempts } = worker();
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await bench.stack.put(queue, 'not JSON', { pattern: 'job.run' });
    await emit(client, 'job.run', { next: true });
    const copy = await bench.stack.take(`${queue}-dlq`);
    expect(copy.Body).toBe('not JSON');
    await waitFor(() => attempts.length === 1);
    await bench.stack.emptied(queue);
  });
});

describe('Concurrency', () => {
  shows('no more messages are in flight than it allows; it changes while running', [], async () => {
    const { topology, queue } = jobs();
    const held = gate();
    const { Worker, attempts } = worker(() => held.opened);
    const { client, server } = await bench.start({
      topology,
      controllers: [Worker],
      server: { concurrency: 3 },
    });
    await Promise.all(Array.from({ length: 8 }, (_, n) => emit(client, 'job.run', { n })));
    await waitFor(() => attempts.length === 3);
    expect(await bench.stack.depth(queue)).toEqual({ visible: 5, inFlight: 3 });
    server.setConcurrency(queue, 5);
    await waitFor(() => attempts.length === 5);
    held.open();
    await waitFor(() => attempts.length === 8);
    await bench.stack.emptied(queue);
  });

  shows('a hundred messages are each handled once, and their queue is empty', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 30 });
    const { Worker, attempts } = worker();
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await Promise.all(Array.from({ length: 100 }, (_, n) => emit(client, 'job.run', { n })));
    await waitFor(() => attempts.length >= 100, { timeoutMs: 30_000 });
    await bench.stack.emptied(queue);
    const numbers = attempts.map(({ data }) => (data as { n: number }).n);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});

/** The handle under which SQS gave the message to this handler. */
const handleOf = (context: SnsSqsContext | undefined): string =>
  context?.getMessage().ReceiptHandle ?? '';

describe('Leases and heartbeat', () => {
  shows('a handler that outlasts the visibility timeout keeps its message', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 2 });
    const held = gate();
    const { Worker, attempts } = worker(() => held.opened);
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', {});
    await waitFor(() => attempts.length === 1);
    const until = Date.now() + 4500;
    await waitFor(() => Date.now() > until);
    expect(await bench.stack.depth(queue)).toEqual({ visible: 0, inFlight: 1 });
    held.open();
    await bench.stack.emptied(queue);
    expect(attempts).toHaveLength(1);
  });

  shows(
    'past the longest lease the handler is told, and the message is redelivered',
    [],
    async () => {
      const { topology, queue } = jobs({ visibilityTimeoutS: 1 });
      const { Worker, attempts } = worker(async ({ receiveCount }, { signal }) => {
        if (receiveCount > 1) return;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      });
      const { client } = await bench.start({
        topology,
        controllers: [Worker],
        server: { maxLeaseMs: 1 },
      });
      await emit(client, 'job.run', {});
      await waitFor(() => attempts.length === 2);
      await bench.stack.emptied(queue);
    },
  );

  shows('a second copy of a message in flight is not started, and neither stays', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 10 });
    const held = gate();
    let first: SnsSqsContext | undefined;
    let received = 0;
    const { Worker, attempts } = worker((_attempt, context) => {
      first ??= context;
      return held.opened;
    });
    const observer: TransportObserver = { received: (_queue, count) => void (received += count) };
    const { client } = await bench.start({ topology, controllers: [Worker], server: { observer } });
    await emit(client, 'job.run', {});
    const context = await waitFor(() => first);
    await bench.stack.aws.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: await bench.stack.queueUrl(queue),
        ReceiptHandle: handleOf(context),
        VisibilityTimeout: 0,
      }),
    );
    await waitFor(() => received === 2);
    held.open();
    await bench.stack.emptied(queue);
    expect(attempts).toHaveLength(1);
  });

  shows('a message somebody else deleted is a lost lease, told by the signal', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 2 });
    let context: SnsSqsContext | undefined;
    let ended = false;
    const { Worker, attempts } = worker(async (_attempt, given) => {
      context = given;
      await new Promise<void>((resolve) => given.signal.addEventListener('abort', () => resolve()));
      ended = true;
    });
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', {});
    await waitFor(() => context);
    await bench.stack.aws.sqs.send(
      new DeleteMessageCommand({
        QueueUrl: await bench.stack.queueUrl(queue),
        ReceiptHandle: handleOf(context),
      }),
    );
    await waitFor(() => ended);
    expect(attempts).toHaveLength(1);
    await bench.stack.emptied(queue);
  });
});

describe('Shutdown', () => {
  shows('the running handler ends and is acknowledged; nothing stays invisible', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 30 });
    const held = gate();
    const { Worker, attempts } = worker(() => held.opened);
    const { client, server } = await bench.start({
      topology,
      controllers: [Worker],
      server: { concurrency: 1 },
    });
    await emit(client, 'job.run', { n: 1 });
    await emit(client, 'job.run', { n: 2 });
    await waitFor(() => attempts.length === 1);
    const closing = server.close();
    held.open();
    await closing;
    expect(await bench.stack.depth(queue)).toEqual({ visible: 1, inFlight: 0 });
    expect(attempts).toHaveLength(1);
  });

  shows('a message received while closing is shown to others at once', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 30 });
    const { Worker, attempts } = worker();
    const { server } = await bench.start({ topology, controllers: [Worker] });
    const closing = server.close();
    await bench.stack.put(queue, '{}', { pattern: 'job.run' });
    await closing;
    expect(await bench.stack.depth(queue)).toEqual({ visible: 1, inFlight: 0 });
    expect(attempts).toHaveLength(0);
  });
});

describe('Health', () => {
  shows('a queue that is deleted is down, with the reason', [], async () => {
    const { topology, queue } = jobs();
    const { server } = await bench.start({ topology, controllers: [worker().Worker] });
    // ElasticMQ leaves a poll that is open when its queue goes unanswered.
    await server.pause(queue);
    await bench.stack.aws.sqs.send(
      new DeleteQueueCommand({ QueueUrl: await bench.stack.queueUrl(queue) }),
    );
    server.resume(queue);
    await waitFor(() => server.health()[0]?.state === 'down');
    expect(server.health()).toMatchObject([
      { queue, reason: expect.stringMatching(/QueueDoesNotExist|NonExistentQueue/) },
    ]);
  });
});
