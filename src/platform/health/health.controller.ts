import { Controller, Get, HttpException, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { Public } from '../http/index.js';
import { DocumentsHealth } from './documents.health.js';
import { HealthNotes } from './health-notes.js';
import { QueuesHealth } from './queues.health.js';
import { Readiness } from './readiness.js';
import { SwitchesHealth } from './switches.health.js';

/** Health checks for orchestrators. Public, so the answers contain nothing confidential. */
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly queues: QueuesHealth,
    private readonly documents: DocumentsHealth,
    private readonly readiness: Readiness,
    private readonly switches: SwitchesHealth,
    private readonly notes: HealthNotes,
  ) {}

  /** The process is alive. Dependencies do not count: a restart would not repair MongoDB. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** The process can do its work. */
  @Get('ready')
  async ready(): Promise<HealthCheckResult> {
    if (this.readiness.closing) throw new ServiceUnavailableException('The service is closing');
    try {
      return await this.health.check([
        () => this.queues.check(),
        () => this.documents.check(),
        ...this.switches.checks(),
        ...this.notes.checks(),
      ]);
    } catch (error) {
      throw notReady(error);
    }
  }
}

/** terminus throws an exception whose body is the report. */
function notReady(error: unknown): unknown {
  if (!(error instanceof HttpException)) return error;
  const { error: failing = {} } = error.getResponse() as Partial<HealthCheckResult>;
  const errors = Object.entries(failing).map(([field, result]) => ({
    field,
    message: String(result?.['message'] ?? 'is down'),
  }));
  return new ServiceUnavailableException({ message: 'The service is not ready', errors });
}
