import { ListMessageMoveTasksCommand, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from '@jest/globals';
import {
  DEAD_LETTER_DETAILS,
  DEAD_LETTER_REASON,
  PermanentError,
} from '../../../src/transport/index.js';
import { waitFor, waitForCount } from '../../support/wait.js';
import { shows } from '../engine.js';
import { Bench, emit, jobs, worker } from './harness.js';

const bench = new Bench();

/** Moves what is in a dead-letter queue, back to where SQS took it from unless it is told where. */
async function redrive(deadLetters: string, destination?: string): Promise<void> {
  const SourceArn = await bench.queueArn(deadLetters);
  await bench.stack.aws.sqs.send(
    new StartMessageMoveTaskCommand({
      SourceArn,
      ...(destination !== undefined && { DestinationArn: await bench.queueArn(destination) }),
    }),
  );
  await waitFor('the move task to be completed', async () => {
    const { Results: [task] = [] } = await bench.stack.aws.sqs.send(
      new ListMessageMoveTasksCommand({ SourceArn }),
    );
    return task?.Status === 'COMPLETED';
  });
}

/** A worker that fails until it is mended. */
function mendable(error: () => Error) {
  const state = { mended: false };
  return {
    state,
    ...worker(() => {
      if (!state.mended) throw error();
    }),
  };
}

describe('Dead letters redriven', () => {
  shows(
    'what SQS has dead-lettered is handled once redriven to a handler that works',
    ['moveTasks', 'movesToSource'],
    async () => {
      const { topology, queue } = jobs({ deadLetter: { maxReceiveCount: 1 } });
      const { Worker, attempts, state } = mendable(() => new Error('a defect'));
      const { client } = await bench.start({ topology, controllers: [Worker] });
      await emit(client, 'job.run', { n: 1 });
      await waitFor(
        'the dead letter',
        async () => (await bench.stack.depth(`${queue}-dlq`)).visible === 1,
      );
      state.mended = true;
      await redrive(`${queue}-dlq`);
      await waitForCount('attempts', () => attempts, 2);
      expect(attempts[1]?.data).toEqual({ n: 1 });
      await bench.stack.emptied(queue);
      await bench.stack.emptied(`${queue}-dlq`);
    },
  );

  shows('what Weft has copied is handled when the queue is named', ['moveTasks'], async () => {
    const { topology, queue } = jobs();
    const { Worker, attempts, state } = mendable(() => new PermanentError('a defect'));
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', { n: 1 });
    await waitFor(
      'the dead letter',
      async () => (await bench.stack.depth(`${queue}-dlq`)).visible === 1,
    );
    state.mended = true;
    await redrive(`${queue}-dlq`, queue);
    await waitForCount('attempts', () => attempts, 2);
    expect(attempts[1]).toMatchObject({
      data: { n: 1 },
      attributes: { pattern: 'job.run', [DEAD_LETTER_REASON]: 'a defect' },
    });
    await bench.stack.emptied(queue);
    await bench.stack.emptied(`${queue}-dlq`);
  });

  shows(
    'what fails again is there again, with its newest reason alone',
    ['moveTasks'],
    async () => {
      const { topology, queue } = jobs();
      const reasons = ['first', 'second'];
      const { Worker } = worker(() => {
        throw new PermanentError(reasons.shift() ?? 'more');
      });
      const { client } = await bench.start({ topology, controllers: [Worker] });
      await emit(client, 'job.run', { n: 1 });
      await waitFor(
        'the dead letter',
        async () => (await bench.stack.depth(`${queue}-dlq`)).visible === 1,
      );
      await redrive(`${queue}-dlq`, queue);
      await waitFor('both reasons to be given', () => reasons.length === 0);
      await bench.stack.emptied(queue);
      const { MessageAttributes: attributes = {} } = await bench.stack.take(`${queue}-dlq`);
      expect(attributes[DEAD_LETTER_REASON]?.StringValue).toBe('second');
      expect(new Set(Object.keys(attributes))).toEqual(
        new Set(['pattern', DEAD_LETTER_REASON, DEAD_LETTER_DETAILS]),
      );
    },
  );
});
