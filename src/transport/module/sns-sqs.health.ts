import { Injectable } from '@nestjs/common';

import type { QueueHealth } from '../server/consumed.queue.js';
import { internalsOf } from '../server/server.internals.js';
import { SnsSqsServer } from '../server/sns-sqs.server.js';

/** The result of `SnsSqsHealth.check`. */
export interface SnsSqsHealthReport {
  /** `down` while a queue is down or stalled, and until a server with handlers has started. */
  readonly status: 'up' | 'down';
  /** The health of each consumed queue. */
  readonly queues: readonly QueueHealth[];
}

/**
 * Whether messages are being received; provided by `SnsSqsModule`.
 *
 * @example
 * `@Get('ready')`
 * ready(): SnsSqsHealthReport {
 *   const report = this.health.check();
 *   if (report.status === 'down') throw new ServiceUnavailableException(report);
 *   return report;
 * }
 * @see https://docs.nestjs.com/recipes/terminus
 */
@Injectable()
export class SnsSqsHealth {
  constructor(private readonly server: SnsSqsServer) {}

  /** Makes no calls to AWS: it reports the outcome of the last polls. */
  check(): SnsSqsHealthReport {
    const queues = this.server.health();
    const ailing = queues.some(({ state }) => state === 'down' || state === 'stalled');
    const internals = internalsOf(this.server);
    const isMissing = internals.state() !== 'started' && internals.idleHandlers().length > 0;
    return { status: ailing || isMissing ? 'down' : 'up', queues };
  }
}
