import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import type { AwsClientsOptions } from '../../../src/aws/index.js';
import {
  DEAD_LETTER_REASON,
  defineTopology,
  OnEvent,
  record,
  SnsSqsContext,
  type FifoFailurePolicy,
} from '../../../src/transport/index.js';
import { FifoQueue } from '../../support/fifo-queue.js';
import { seeded } from '../../support/seeded.js';
import {
  startService,
  TestStack,
  unique,
  type TestServiceOptions,
} from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

const VISIBILITY_S = 2;

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start({ embedded: true });
});
afterAll(() => stack.stop());

interface Job {
  readonly group: string;
  readonly n: number;
  /** Attempts that fail before one succeeds. */
  readonly failures: number;
  /** Milliseconds of an attempt. */
  readonly workMs?: number;
}

interface Line {
  readonly queue: string;
  /** Jobs in the order their handlers ended well. */
  readonly handled: Job[];
  /** Every attempt. */
  readonly attempts: { readonly job: Job; readonly receiveCount: number; readonly last: boolean }[];
  send(jobs: readonly Job[]): Promise<void>;
  close(): Promise<void>;
}

async function startLine(
  onFailure: FifoFailurePolicy,
  maxReceiveCount: number,
  aws: AwsClientsOptions = stack.clientOptions(),
): Promise<Line> {
  const queue = `${unique('jobs')}.fifo`;
  const handled: Job[] = [];
  const attempts: Line['attempts'] = [];
  @Controller()
  class Worker {
    @OnEvent('job.run')
    async run(
      @Payload() data: object,
      @Ctx() { receiveCount, isLastAttempt }: SnsSqsContext,
    ): Promise<void> {
      const job = data as Job;
      attempts.push({ job, receiveCount, last: isLastAttempt });
      await sleep(job.workMs ?? 0);
      const failed = attempts.filter(
        (one) => one.job.group === job.group && one.job.n === job.n,
      ).length;
      if (failed <= job.failures) throw new Error(`attempt ${failed} fails`);
      handled.push(job);
    }
  }
  const options: TestServiceOptions = {
    controllers: [Worker],
    server: { retry: { baseS: 0, capS: 0 }, aws },
    client: { aws },
    topology: defineTopology({
      queues: [
        {
          name: queue,
          patterns: ['job.*'],
          onFailure,
          visibilityTimeoutS: VISIBILITY_S,
          deadLetter: { maxReceiveCount },
        },
      ],
      routes: [{ patterns: ['job.*'], queue }],
    }),
  };
  const service = await startService(stack, options);
  const other = await startService(stack, options);
  const send = async (jobs: readonly Job[]): Promise<void> => {
    const sent = jobs.map((job) =>
      service.client.emit('job.run', record(job).withGroup(job.group).build()),
    );
    await Promise.all(sent.map((one) => lastValueFrom(one, { defaultValue: undefined })));
  };
  const close = async (): Promise<void> => {
    await Promise.all([service.close(), other.close()]);
  };
  return { queue, handled, attempts, send, close };
}

const inGroup = (jobs: readonly Job[], group: string): number[] =>
  jobs.filter((job) => job.group === group).map(({ n }) => n);

/** Jobs of a few groups, some of which fail a few times. */
const someJobs = fc
  .array(
    fc.record({
      group: fc.constantFrom('a', 'b', 'c'),
      failures: fc.constantFrom(0, 0, 0, 0, 1, 2),
    }),
    {
      minLength: 5,
      maxLength: 25,
    },
  )
  .map((jobs) => jobs.map((job, n): Job => ({ ...job, n })));

describe.each<FifoFailurePolicy>(['block', 'hold', 'skip'])(
  'two processes on a FIFO queue under the policy %s',
  (policy) => {
    it('keep the order of each group, and repeat only what lost its lease', async () => {
      const slowJobs = fc
        .tuple(someJobs, fc.infiniteStream(fc.nat(15)))
        .map(([jobs, times]) => jobs.map((job) => ({ ...job, workMs: times.next().value ?? 0 })));
      await fc.assert(
        fc.asyncProperty(slowJobs, fc.nat(), async (jobs, seed) => {
          const fifo = new FifoQueue(VISIBILITY_S * 1000, { share: 0.2, random: seeded(seed) });
          const proxy = await stack.proxy(fifo);
          const line = await startLine(policy, 100, proxy.clientOptions());
          try {
            await line.send(jobs);
            await waitFor(() => fifo.empty, { timeoutMs: 30_000 });
          } finally {
            await line.close();
          }
          const lost = [...fifo.lost].map((body) => (JSON.parse(body) as { data: Job }).data.n);
          for (const group of ['a', 'b', 'c']) {
            const handled = inGroup(line.handled, group);
            const sent = jobs.filter((job) => job.group === group);
            const due = sent.filter(
              ({ n, failures }) => handled.includes(n) || policy !== 'skip' || failures === 0,
            );
            expect([...new Set(handled)]).toEqual(due.map(({ n }) => n));
            const repeated = handled.filter((n, at) => handled.indexOf(n) < at);
            expect(repeated.filter((n) => !lost.includes(n))).toEqual([]);
          }
        }),
        { numRuns: 4, endOnFailure: true },
      );
    }, 120_000);
  },
);

describe('a FIFO message that fails', () => {
  it('is held in this process: received once, tried until it succeeds, its group waiting', async () => {
    const line = await startLine('hold', 10);
    await line.send([
      { group: 'a', n: 0, failures: 3 },
      { group: 'a', n: 1, failures: 0 },
      { group: 'b', n: 2, failures: 0 },
    ]);
    await waitFor(() => line.handled.length === 3);
    await stack.emptied(line.queue);
    await line.close();
    expect(
      line.attempts.filter(({ job }) => job.n === 0).map(({ receiveCount }) => receiveCount),
    ).toEqual([1, 1, 1, 1]);
    expect(inGroup(line.handled, 'a')).toEqual([0, 1]);
  });

  it('that is held is dead-lettered after as many tries as SQS would have made, and its group goes on', async () => {
    const line = await startLine('hold', 3);
    await line.send([
      { group: 'a', n: 0, failures: 100 },
      { group: 'a', n: 1, failures: 0 },
    ]);
    await waitFor(() => line.handled.length === 1);
    await stack.emptied(line.queue);
    const copy = await stack.take(line.queue.replace('.fifo', '-dlq.fifo'));
    await line.close();
    expect(line.attempts.map(({ job, last }) => [job.n, last])).toEqual([
      [0, false],
      [0, false],
      [0, true],
      [1, false],
    ]);
    expect(copy.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue).toBe('attempt 3 fails');
  });

  it('that is held when the process closes is given back, and no follower was handled before it', async () => {
    const line = await startLine('hold', 100);
    await line.send([
      { group: 'a', n: 0, failures: 1_000_000 },
      { group: 'a', n: 1, failures: 0 },
    ]);
    await waitFor(() => line.attempts.length > 2);
    await line.close();
    expect(line.handled).toEqual([]);
    expect(await stack.depth(line.queue)).toEqual({ visible: 2, inFlight: 0 });
  });

  it('is skipped: dead-lettered at its first failure, and its group goes on', async () => {
    const line = await startLine('skip', 10);
    await line.send([
      { group: 'a', n: 0, failures: 1 },
      { group: 'a', n: 1, failures: 0 },
    ]);
    await waitFor(() => line.handled.length === 1);
    await stack.emptied(line.queue);
    const copy = await stack.take(line.queue.replace('.fifo', '-dlq.fifo'));
    await line.close();
    expect(line.attempts.map(({ job }) => job.n)).toEqual([0, 1]);
    expect(copy.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue).toBe('attempt 1 fails');
  });

  it.each([
    [{ name: 'jobs', onFailure: 'hold' }, 'which only a FIFO queue has'],
    [
      { name: 'jobs.fifo', onFailure: 'skip', deadLetter: false },
      'which needs a dead-letter queue',
    ],
  ] as const)('cannot be declared as %j', (queue, text) => {
    expect(() => defineTopology({ queues: [{ ...queue, patterns: ['job.*'] }] })).toThrow(text);
  });
});
