import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DocumentsHealth } from './documents.health.js';
import { HealthController } from './health.controller.js';
import { QueuesHealth } from './queues.health.js';
import { Readiness } from './readiness.js';

/** `/health/live` and `/health/ready`. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [
    QueuesHealth,
    DocumentsHealth,
    { provide: Readiness, useFactory: () => new Readiness() },
  ],
})
export class HealthModule {}
