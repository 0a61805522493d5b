import { Injectable, Logger } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import { Result, type Event } from '../protocol/index.js';
import { WeftError } from '../transport/errors/index.js';
import { SnsSqsClient } from '../transport/index.js';
import { eventPattern, RESULT_PATTERN } from './messaging.patterns.js';
import { errorText } from './retryable.js';

/** Sends Results and Events out, and waits until SNS has them. */
@Injectable()
export class ResultPublisher {
  readonly #logger = new Logger(ResultPublisher.name);

  constructor(private readonly client: SnsSqsClient) {}

  /**
   * Publishes the Events, then the Result: who sees the Result may rely on the
   * Events being out. A Result that cannot go out as it is, such as one that is
   * too large, goes out as an error Result that says so.
   *
   * @returns the Result that went out.
   * @throws {WeftError} retryable, when SNS did not take them.
   */
  async publish(result: Result, events: readonly Event[] = []): Promise<Result> {
    try {
      await Promise.all(events.map((event) => this.#emit(eventPattern(event.type), event)));
      await this.#emit(RESULT_PATTERN, result);
      return result;
    } catch (error) {
      if (!(error instanceof WeftError) || error.retryable || result.status === 'error')
        throw error;
      this.#logger.warn(`Result ${result.correlation_id} cannot go out: ${error.message}`);
      return this.publish(
        Result.error({
          ...pickIds(result),
          errors: [`The Result cannot be sent: ${errorText(error)}`],
        }),
      );
    }
  }

  async #emit(pattern: string, data: Result | Event): Promise<void> {
    await lastValueFrom(this.client.emit(pattern, data), { defaultValue: undefined });
  }
}

const pickIds = ({ correlation_id, job_id, step_id, duration_ms, handler }: Result) => ({
  correlation_id,
  job_id,
  step_id,
  duration_ms,
  handler,
});
