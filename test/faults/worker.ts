import { Controller, type Type } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  defineTopology,
  OnEvent,
  SnsSqsContext,
  type SnsSqsServerOptions,
  type Topology,
} from '../../src/transport/index.js';

export type Work = (job: number, context: SnsSqsContext) => unknown;

/** A controller whose one handler is the function. */
export function worker(work: Work): Type {
  @Controller()
  class Worker {
    @OnEvent('job.run')
    run(@Payload() data: object, @Ctx() context: SnsSqsContext): unknown {
      return work((data as { job: number }).job, context);
    }
  }
  return Worker;
}

export const VISIBILITY_S = 2;

/** One queue, sent to directly. Redrive is left to the row. */
export const jobsTopology = (queue: string, maxReceiveCount: number): Topology =>
  defineTopology({
    queues: [
      {
        name: queue,
        patterns: ['job.*'],
        visibilityTimeoutS: VISIBILITY_S,
        deadLetter: { maxReceiveCount },
      },
    ],
    routes: [{ patterns: ['job.*'], queue }],
  });

export const SERVER_OPTIONS = {
  waitTimeS: 1,
  retry: { baseS: 1, capS: 1 },
  drainTimeoutMs: 20_000,
} as const satisfies Partial<SnsSqsServerOptions>;
