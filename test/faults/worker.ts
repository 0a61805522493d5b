import { Controller, type Type } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  defineTopology,
  OnEvent,
  OnRequest,
  SnsSqsContext,
  type SnsSqsServerOptions,
  type Topology,
} from '../../src/transport/index.js';
import type { QueueDeclaration } from '../../src/transport/topology/index.js';

export type Work = (job: number, context: SnsSqsContext) => unknown;

/** A controller whose handlers are the function; a request is answered with its job. */
export function worker(work: Work): Type {
  @Controller()
  class Worker {
    @OnEvent('job.run')
    run(@Payload() data: object, @Ctx() context: SnsSqsContext): unknown {
      return work((data as { job: number }).job, context);
    }

    @OnRequest('job.ask')
    async answer(@Payload() data: object, @Ctx() context: SnsSqsContext): Promise<number> {
      const { job } = data as { job: number };
      await work(job, context);
      return job;
    }
  }
  return Worker;
}

export type JobsQueue = Pick<QueueDeclaration, 'name' | 'visibilityTimeoutS' | 'deadLetter'>;

/** One queue, sent to directly. */
export const jobsTopology = (queue: JobsQueue): Topology =>
  defineTopology({
    queues: [{ ...queue, patterns: ['job.*'] }],
    routes: [{ patterns: ['job.*'], queue: queue.name }],
  });

export const SERVER_OPTIONS = {
  waitTimeS: 1,
  retry: { baseS: 1, capS: 1 },
  concurrency: 100,
  drainTimeoutMs: 20_000,
} as const satisfies Partial<SnsSqsServerOptions>;
