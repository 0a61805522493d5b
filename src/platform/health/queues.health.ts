import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { SnsSqsServer } from '../../transport/index.js';
import { lastPart } from '../../common/resource-names.js';

/** Whether every consumed queue can be received from. */
@Injectable()
export class QueuesHealth {
  constructor(
    private readonly server: SnsSqsServer,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /**
   * Leaves out why a queue is down, and shows only the name of an ARN: AWS's errors name accounts, and the answer is
   * public.
   */
  check(): HealthIndicatorResult {
    const health = this.server.health().map((one) => ({ ...one, queue: lastPart(one.queue) }));
    const failing = health.flatMap((one) => {
      if (one.state === 'stalled') return [`${one.queue} is stalled: ${one.reason}`];
      return one.state === 'down' ? [`${one.queue} is down`] : [];
    });
    const session = this.indicators.check('queues');
    if (failing.length > 0) return session.down({ message: failing.join(', ') });
    return session.up({
      queues: Object.fromEntries(health.map(({ queue, state }) => [queue, state])),
    });
  }
}
