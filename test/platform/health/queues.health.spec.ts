import { describe, expect, it } from '@jest/globals';
import { TerminusModule, HealthIndicatorService } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { QueuesHealth } from '../../../src/platform/health/queues.health.js';
import type { QueueHealth, SnsSqsServer } from '../../../src/transport/index.js';

async function check(...queues: readonly QueueHealth[]): Promise<unknown> {
  const module = await Test.createTestingModule({ imports: [TerminusModule] }).compile();
  const server: Pick<SnsSqsServer, 'health'> = { health: () => queues };
  const indicators = module.get(HealthIndicatorService);
  return new QueuesHealth(server as SnsSqsServer, indicators).check();
}

describe('the health of queues', () => {
  it('names each state while all can be received from', async () => {
    expect(
      await check(
        { queue: 'jobs', inFlight: 1, state: 'running' },
        { queue: 'mail', inFlight: 0, state: 'paused' },
      ),
    ).toEqual({ queues: { status: 'up', queues: { jobs: 'running', mail: 'paused' } } });
  });

  it('says why a queue is stalled, and of one that is down only that it is', async () => {
    expect(
      await check(
        { queue: 'jobs', inFlight: 20, state: 'stalled', reason: 'every place is held' },
        { queue: 'mail', inFlight: 0, state: 'down', reason: 'no access for account 123' },
      ),
    ).toEqual({
      queues: { status: 'down', message: 'jobs is stalled: every place is held, mail is down' },
    });
  });

  it('names a queue of another account without the account', async () => {
    const queue = 'arn:aws:sqs:eu-west-1:123456789012:jobs';
    expect(await check({ queue, inFlight: 0, state: 'running' })).toEqual({
      queues: { status: 'up', queues: { jobs: 'running' } },
    });
    expect(await check({ queue, inFlight: 0, state: 'down', reason: 'denied' })).toEqual({
      queues: { status: 'down', message: 'jobs is down' },
    });
  });
});
