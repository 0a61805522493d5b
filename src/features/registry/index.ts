export { JobsService } from './jobs.service.js';
export { LineageService } from './lineage.service.js';
export type { JobStatus, LineageDirection, StepStatus } from './registry.documents.js';
export * from './registry.dto.js';
export * from './registry.errors.js';
export { RegistryModule } from './registry.module.js';
export { registryTopology } from './registry.topology.js';
export { ResultsService, type RecordedResult } from './results.service.js';
export { StepsService } from './steps.service.js';
