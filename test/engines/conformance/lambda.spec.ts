import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, describe, expect } from '@jest/globals';
import { createSqsHandler, type SqsHandler } from '../../../src/transport/lambda/index.js';
import {
  DEAD_LETTER_REASON,
  PermanentError,
  record,
  SnsSqsServer,
  type Topology,
} from '../../../src/transport/index.js';
import { invokeLambda } from '../../../src/testing/index.js';
import { waitFor } from '../../support/wait.js';
import { shows } from '../engine.js';
import { Bench, emit, fifoJobs, jobs, topicJobs, worker, type Attempt } from './harness.js';

const bench = new Bench();
const handlers: SqsHandler[] = [];
afterEach(() => Promise.all(handlers.splice(0).map((handler) => handler.close())));

@Module({})
class FunctionModule {}

/** A function over a topology that is made before its first event. */
async function startFunction(topology: Topology, controller: Type): Promise<SqsHandler> {
  const options = { topology, aws: bench.stack.aws, provision: 'create' } as const;
  const module: DynamicModule = {
    module: FunctionModule,
    controllers: [controller],
    providers: [{ provide: SnsSqsServer, useValue: new SnsSqsServer(options) }],
  };
  const handler = createSqsHandler(async () => ({
    app: await NestFactory.create(module, { logger: false, abortOnError: false }),
  }));
  handlers.push(handler);
  await handler({ Records: [] });
  return handler;
}

/** Invokes the function as Lambda does, until the test has seen enough; what was reported failed is redelivered. */
async function invokeUntil(
  queue: string,
  handler: SqsHandler,
  done: () => boolean,
): Promise<readonly string[]> {
  const failed: string[] = [];
  await waitFor('the test to have seen enough', async () => {
    const { batchItemFailures } = await invokeLambda(bench.stack, queue, handler);
    failed.push(...batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    return done();
  });
  return failed;
}

const numberOf = ({ data }: Attempt): number => (data as { n: number }).n;

describe('Lambda', () => {
  shows(
    'one bad record is reported alone and is redelivered, the others are deleted',
    [],
    async () => {
      const { topology, queue } = jobs({ visibilityTimeoutS: 60 });
      const { Worker, attempts } = worker((attempt) => {
        if (numberOf(attempt) === 2 && attempt.receiveCount === 1) throw new Error('not yet');
      });
      const handler = await startFunction(topology, Worker);
      const ids: string[] = [];
      for (const n of [1, 2, 3])
        ids.push(await bench.stack.put(queue, JSON.stringify({ n }), { pattern: 'job.run' }));
      const failed = await invokeUntil(queue, handler, () => attempts.length === 4);
      expect(failed).toEqual([ids[1]]);
      expect(attempts.map(numberOf).toSorted((a, b) => a - b)).toEqual([1, 2, 2, 3]);
      await bench.stack.emptied(queue);
    },
  );

  shows('a permanent error is copied with its reason, and not reported', [], async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 60 });
    const { Worker, attempts } = worker(() => {
      throw new PermanentError('the order was cancelled');
    });
    const handler = await startFunction(topology, Worker);
    await bench.stack.put(queue, '{"n":1}', { pattern: 'job.run' });
    expect(await invokeUntil(queue, handler, () => attempts.length === 1)).toEqual([]);
    const copy = await bench.stack.take(`${queue}-dlq`);
    expect(copy.Body).toBe('{"n":1}');
    expect(copy.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue).toContain('cancelled');
    await bench.stack.emptied(queue);
  });

  shows('what fails each time is moved by SQS after its last receive', [], async () => {
    const { topology, queue } = jobs({
      visibilityTimeoutS: 60,
      deadLetter: { maxReceiveCount: 2 },
    });
    const { Worker, attempts } = worker(() => {
      throw new Error('never');
    });
    const handler = await startFunction(topology, Worker);
    const id = await bench.stack.put(queue, '{"n":1}', { pattern: 'job.run' });
    expect(await invokeUntil(queue, handler, () => attempts.length === 2)).toEqual([id, id]);
    await invokeLambda(bench.stack, queue, handler);
    expect((await bench.stack.take(`${queue}-dlq`)).Body).toBe('{"n":1}');
    expect(attempts).toHaveLength(2);
  });

  shows(
    'FIFO: what follows a failure in its group is redelivered with it, in order',
    ['groupComesBackInOrder'],
    async () => {
      const { topology, queue } = fifoJobs({ visibilityTimeoutS: 60 });
      const { Worker, attempts } = worker((attempt) => {
        if (numberOf(attempt) === 1 && attempt.receiveCount === 1) throw new Error('not yet');
      });
      const handler = await startFunction(topology, Worker);
      for (const n of [1, 2, 3])
        await bench.stack.put(queue, JSON.stringify({ n }), { pattern: 'job.run' }, 'a');
      await invokeUntil(queue, handler, () => attempts.length === 4);
      expect(attempts.map(numberOf)).toEqual([1, 1, 2, 3]);
      await bench.stack.emptied(queue);
    },
  );

  for (const raw of [true, false]) {
    shows(`messages by a topic, ${raw ? 'raw' : 'in the SNS envelope'}`, ['sns'], async () => {
      const { topology, queue } = topicJobs({ raw });
      const { Worker, attempts } = worker();
      const handler = await startFunction(topology, Worker);
      const { client } = await bench.start({ topology });
      const data = { text: 'ñ 漢字 😀' };
      const attributes = { tenant: 'Zürich', weight: 2.5, tags: ['a', 1] };
      await emit(client, 'job.run', record(data).withAttributes(attributes).build());
      await invokeUntil(queue, handler, () => attempts.length === 1);
      expect(attempts[0]).toMatchObject({
        data,
        attributes: { pattern: 'job.run', tenant: 'Zürich', weight: '2.5', tags: '["a",1]' },
      });
      await bench.stack.emptied(queue);
    });
  }
});
