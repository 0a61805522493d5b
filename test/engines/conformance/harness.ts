import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { randomUUID } from 'node:crypto';
import {
  defineTopology,
  MemoryIdempotencyStore,
  OnEvent,
  SnsSqsContext,
  type Topology,
} from '../../../src/transport/index.js';
import type {
  QueueDeclaration,
  SubscriptionDeclaration,
} from '../../../src/transport/topology/index.js';
import { Bench as SharedBench } from '../../support/bench.js';
import { unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import { openStack } from '../engine.js';

/** The bench of a suite, over the engine of its project. */
export class Bench extends SharedBench {
  constructor() {
    super(openStack);
  }

  async queueArn(name: string): Promise<string> {
    const { Attributes: attributes } = await this.stack.aws.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: await this.stack.queueUrl(name),
        AttributeNames: ['QueueArn'],
      }),
    );
    return attributes?.QueueArn ?? '';
  }
}

export { emit } from '../../support/transport.js';

/** Of a server whose back-off is no part of the test. */
export const AT_ONCE = { retry: { baseS: 0, capS: 0 } } as const;

/** Where dead letters of a queue go that names no other. */
export const deadLetters = (queue: string): string =>
  queue.endsWith('.fifo') ? queue.replace('.fifo', '-dlq.fifo') : `${queue}-dlq`;

/** No lease runs out by itself, though the machine stands still for seconds: a test of what then happens names its own. */
const LEASE_S = 60;

/** A body with an id, by which a store knows it again. */
export const body = (data: unknown = {}): string =>
  JSON.stringify({ id: randomUUID(), pattern: 'job.run', data });

/** Of a server that remembers what was handled. */
export const withStore = (store = new MemoryIdempotencyStore()) => ({
  ...AT_ONCE,
  idempotency: { store },
});

export interface Jobs {
  readonly queue: string;
  readonly topology: Topology;
}

/** A queue of its own that carries `job.*`, sent to directly. */
export function jobs(declaration: Partial<QueueDeclaration> = {}): Jobs {
  const queue = declaration.name ?? unique('jobs');
  return {
    queue,
    topology: defineTopology({
      queues: [{ name: queue, patterns: ['job.*'], visibilityTimeoutS: LEASE_S, ...declaration }],
      routes: [{ patterns: ['job.*'], queue }],
    }),
  };
}

export const fifoJobs = (declaration: Partial<QueueDeclaration> = {}): Jobs =>
  jobs({ name: `${unique('jobs')}.fifo`, ...declaration });

/** A queue of its own that carries `job.*` from a topic of its own. */
export function topicJobs(
  subscription: Partial<SubscriptionDeclaration> = {},
  suffix = '',
): Jobs & { readonly topic: string } {
  const [queue, topic] = [`${unique('jobs')}${suffix}`, `${unique('topic')}${suffix}`];
  return {
    queue,
    topic,
    topology: defineTopology({
      topics: [{ name: topic }],
      queues: [
        {
          name: queue,
          patterns: ['job.*'],
          visibilityTimeoutS: LEASE_S,
          from: [{ topic, ...subscription }],
        },
      ],
      routes: [{ patterns: ['job.*'], topic }],
    }),
  };
}

export interface Attempt {
  readonly data: unknown;
  readonly receiveCount: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What `job.run` does in a test. */
export type Work = (attempt: Attempt, context: SnsSqsContext) => unknown;

/** A controller whose `job.run` does what the test says, and notes each attempt. */
export function worker(work: Work = () => undefined) {
  const attempts: Attempt[] = [];
  @Controller()
  class Worker {
    @OnEvent('job.run')
    run(@Payload() data: object, @Ctx() context: SnsSqsContext): unknown {
      const attempt = {
        data,
        receiveCount: context.receiveCount,
        attributes: Object.fromEntries(context.attributes),
      };
      attempts.push(attempt);
      return work(attempt, context);
    }
  }
  const attempted = async (count: number): Promise<void> => {
    await waitFor(`job.run to have begun ${count} times`, () => attempts, {
      until: ({ length }) => length >= count,
    });
  };
  return { Worker, attempts, attempted };
}

/** A promise and its resolver, to hold a handler where the test wants it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
