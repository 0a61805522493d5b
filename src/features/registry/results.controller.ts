import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { RESULT_PATTERN } from '../../messaging/index.js';
import { parseResult, type Result } from '../../protocol/index.js';
import { OnBatch, type SnsSqsBatchContext } from '../../transport/index.js';
import { RESULTS_BATCH } from './registry.constants.js';
import { ResultsService } from './results.service.js';

/** The results queue. */
@Controller()
export class ResultsController {
  constructor(private readonly results: ResultsService) {}

  /** Each Result fails by itself: an invalid body, or a Result of another step, is dead-lettered with its reason. */
  @OnBatch(RESULT_PATTERN, RESULTS_BATCH)
  async record(
    @Payload() bodies: unknown[],
    @Ctx() context: Pick<SnsSqsBatchContext, 'fail'>,
  ): Promise<void> {
    const read: { readonly index: number; readonly result: Result }[] = [];
    for (const [index, body] of bodies.entries()) {
      try {
        read.push({ index, result: parseResult(body) });
      } catch (error) {
        context.fail(index, error);
      }
    }
    const outcomes = await this.results.recordAll(read.map(({ result }) => result));
    for (const [at, { index }] of read.entries()) {
      const outcome = outcomes[at];
      if (outcome !== undefined && 'error' in outcome) context.fail(index, outcome.error);
    }
  }
}
