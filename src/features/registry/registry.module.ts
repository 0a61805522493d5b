import { Module, type DynamicModule } from '@nestjs/common';
import { CANCELLED_JOBS, type CancelledJobs } from '../../messaging/index.js';
import { JobCancellation } from './job.cancellation.js';
import { JobsService } from './jobs.service.js';
import { EdgesRepository } from './lineage/edges.repository.js';
import { LineageHttpController } from './lineage/lineage-http.controller.js';
import { LineageService } from './lineage/lineage.service.js';
import { LineageWriter } from './lineage/lineage.writer.js';
import {
  OPENLINEAGE_OPTIONS,
  OpenLineageEmitter,
} from './lineage/openlineage/openlineage.emitter.js';
import { OpenLineageHttpController } from './lineage/openlineage/openlineage-http.controller.js';
import { OpenLineageIngest } from './lineage/openlineage/openlineage.ingest.js';
import type { OpenLineageOptions } from './lineage/openlineage/openlineage.settings.js';
import { RegistryHttpController } from './registry-http.controller.js';
import { RegistryController } from './registry.controller.js';
import { JobLists } from './job.lists.js';
import { RegistryRepository } from './registry.repository.js';
import { ResultsController } from './results.controller.js';
import { ResultsService } from './results.service.js';
import { StepReferences } from './step.references.js';
import { StepsService } from './steps.service.js';

const SERVICES = [JobsService, StepsService, LineageService, ResultsService, JobCancellation];

/** Jobs, steps and lineage. Requires a `DocumentStore`, the outbox and the messaging module. */
@Module({
  controllers: [
    RegistryController,
    ResultsController,
    RegistryHttpController,
    LineageHttpController,
    OpenLineageHttpController,
  ],
  providers: [
    RegistryRepository,
    JobLists,
    StepReferences,
    EdgesRepository,
    LineageWriter,
    OpenLineageEmitter,
    OpenLineageIngest,
    ...SERVICES,
  ],
  exports: SERVICES,
})
export class RegistryModule {
  static forRoot(openLineage: OpenLineageOptions): DynamicModule {
    return {
      module: RegistryModule,
      // Handlers of every feature find out here that their job was cancelled.
      global: true,
      providers: [
        { provide: OPENLINEAGE_OPTIONS, useValue: openLineage },
        {
          provide: CANCELLED_JOBS,
          useFactory: (lists: JobLists): CancelledJobs => ({
            among: (jobIds) => lists.cancelledAmong(jobIds),
          }),
          inject: [JobLists],
        },
      ],
      exports: [CANCELLED_JOBS],
    };
  }
}
