import { Module } from '@nestjs/common';
import { JobsService } from './jobs.service.js';
import { LineageService } from './lineage.service.js';
import { RegistryHttpController } from './registry-http.controller.js';
import { RegistryController } from './registry.controller.js';
import { RegistryRepository } from './registry.repository.js';
import { ResultsController } from './results.controller.js';
import { ResultsService } from './results.service.js';
import { StepsService } from './steps.service.js';

/** Jobs, steps and lineage. Expects a `DocumentStore` and the messaging module to be there. */
@Module({
  controllers: [RegistryController, ResultsController, RegistryHttpController],
  providers: [RegistryRepository, JobsService, StepsService, LineageService, ResultsService],
  exports: [JobsService, StepsService, LineageService, ResultsService],
})
export class RegistryModule {}
