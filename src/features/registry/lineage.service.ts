import { Injectable } from '@nestjs/common';
import { invalidFieldsError, type JsonObject } from '../../protocol/index.js';
import { readExecutions } from './lineage-records.js';
import type { StepDocument } from './registry.documents.js';
import type { GetLineagePayload } from './registry.dto.js';
import { RegistryRepository } from './registry.repository.js';

/** Lineage: which steps wrote, and which read, what is at a location. */
@Injectable()
export class LineageService {
  constructor(private readonly repository: RegistryRepository) {}

  /** @throws {ValidationFailedError} for a depth over 1. */
  async get(payload: GetLineagePayload): Promise<JsonObject> {
    const { location, direction } = payload;
    if ((payload.depth ?? 1) > 1) {
      const message = 'over 1 is not supported yet: ask for each step of the way';
      throw invalidFieldsError([{ field: 'depth', message }]);
    }
    const stepsAt = (side: 'outputs' | 'inputs') =>
      this.repository.stepsAt(side, location, payload.environment ?? undefined);
    const [producers, consumers] = await Promise.all([
      direction === 'consumers' ? [] : stepsAt('outputs'),
      direction === 'producers' ? [] : stepsAt('inputs'),
    ]);
    return {
      location,
      producers: producers.map(producer),
      consumers: consumers.map((step) => ({
        ...producer(step),
        started_at: step.started_at ?? null,
      })),
    };
  }
}

function producer(step: StepDocument): JsonObject {
  const { job_id, _id: step_id, step_name, handler_type, logic_version } = step;
  return {
    job_id,
    step_id,
    step_name,
    handler_type,
    logic_version,
    completed_at: step.completed_at ?? null,
    executions: readExecutions(step.executions),
  };
}
