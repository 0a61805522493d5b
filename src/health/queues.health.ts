import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { SnsSqsServer } from '../transport/index.js';

/** Whether every consumed queue can be received from. */
@Injectable()
export class QueuesHealth {
  constructor(
    private readonly server: SnsSqsServer,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** States without their reasons: those name accounts, and the answer is open to all. */
  check(): HealthIndicatorResult {
    const states = this.server.health().map(({ queue, state }) => [queue, state] as const);
    const failing = states.filter(([, state]) => state === 'down' || state === 'stalled');
    const session = this.indicators.check('queues');
    if (failing.length === 0) return session.up({ queues: Object.fromEntries(states) });
    return session.down({
      message: failing.map(([queue, state]) => `${queue} is ${state}`).join(', '),
    });
  }
}
