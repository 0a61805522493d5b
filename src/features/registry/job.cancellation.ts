import { Injectable } from '@nestjs/common';
import { pushing } from '../../platform/outbox/index.js';
import type { JsonObject } from '../../protocol/index.js';
import { JobsService } from './jobs.service.js';
import { changeOf } from './lifecycle.js';
import type { CancelJobPayload } from './registry.dto.js';
import { RegistryRepository } from './registry.repository.js';
import { announceStep } from './step.announcement.js';

/** Cancels jobs. */
@Injectable()
export class JobCancellation {
  constructor(
    private readonly repository: RegistryRepository,
    private readonly jobs: JobsService,
  ) {}

  /**
   * Cancels the job and skips its pending steps. Running steps are notified, and end by their own Results.
   *
   * @throws {NotInRegistryError} or {AlreadyEndedError} if it has ended with another status.
   */
  async cancel({ job_id, reason }: CancelJobPayload, by: string): Promise<JsonObject> {
    const { status } = await this.jobs.update(
      { job_id, status: 'cancelled', error: reason ?? null },
      by,
    );
    return { job_id, status, steps_skipped: await this.#skipSteps(job_id, by) };
  }

  async #skipSteps(jobId: string, by: string): Promise<number> {
    let skipped = 0;
    for (;;) {
      const steps = await this.repository.pendingSteps(jobId);
      if (steps.length === 0) return skipped;
      skipped += await this.repository.changePendingSteps(
        steps.map((step) => {
          const { _id: id } = step;
          const { change, after } = changeOf(step, { status: 'skipped', fields: {}, by });
          return { id, change: { ...change, ...pushing(...announceStep(step, after, by)) } };
        }),
      );
    }
  }
}
