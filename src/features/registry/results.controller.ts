import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { RESULT_PATTERN } from '../../messaging/index.js';
import { parseResult } from '../../protocol/index.js';
import { OnEvent } from '../../transport/index.js';
import { ResultsService, type RecordedResult } from './results.service.js';

/** The results queue. */
@Controller()
export class ResultsController {
  constructor(private readonly results: ResultsService) {}

  /** A body that is no Result is dead-lettered: it throws a ValidationFailedError. */
  @OnEvent(RESULT_PATTERN)
  async record(@Payload() body: unknown): Promise<RecordedResult> {
    return this.results.record(parseResult(body));
  }
}
