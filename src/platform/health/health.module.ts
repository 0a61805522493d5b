import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DocumentsHealth } from './documents.health.js';
import { HealthNotes } from './health-notes.js';
import { HealthController } from './health.controller.js';
import { QueuesHealth } from './queues.health.js';
import { Readiness } from './readiness.js';
import { SWITCHES, SwitchesHealth, type Switches } from './switches.health.js';

/** `/health/live` and `/health/ready`. */
@Global()
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [
    QueuesHealth,
    DocumentsHealth,
    SwitchesHealth,
    HealthNotes,
    { provide: Readiness, useFactory: () => new Readiness() },
  ],
  exports: [HealthNotes],
})
export class HealthModule {
  /** @param switches what `/health/ready` reports as on and off; public, so without addresses */
  static forRoot(switches: Switches): DynamicModule {
    return { module: HealthModule, providers: [{ provide: SWITCHES, useValue: switches }] };
  }
}
