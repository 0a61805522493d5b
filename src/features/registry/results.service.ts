import { Injectable } from '@nestjs/common';
import type { Result } from '../../protocol/index.js';
import { StepsService } from './steps.service.js';

/** What became of a Result. */
export type RecordedResult =
  | { correlation_id: string; action: 'skipped'; reason: 'no_step_id' }
  | { correlation_id: string; step_id: string; action: 'updated'; status: string };

/** Takes handlers' Results into the steps they belong to. */
@Injectable()
export class ResultsService {
  constructor(private readonly steps: StepsService) {}

  /** @throws {RetryableError} when the step is not there (yet). */
  async record(result: Result): Promise<RecordedResult> {
    const { correlation_id, step_id } = result;
    if (step_id === null || step_id === '') {
      return { correlation_id, action: 'skipped', reason: 'no_step_id' };
    }
    const status = await this.steps.record(step_id, result);
    return { correlation_id, step_id, action: 'updated', status };
  }
}
