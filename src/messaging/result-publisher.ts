import { Injectable, Logger } from '@nestjs/common';
import { lastValueFrom } from 'rxjs';
import { Result, type Command, type Event, type JsonObject } from '../protocol/index.js';
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
   * too large, goes out without its data and lineage: a success as an error that
   * says so, an error with its texts alone.
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
      const bare = error instanceof WeftError && !error.retryable && bareResult(result, error);
      if (!bare) throw error;
      this.#logger.warn('Result sent without its data and lineage, as the whole cannot be sent', {
        correlationId: result.correlation_id,
        reason: errorText(error),
      });
      return this.publish(bare);
    }
  }

  /**
   * Publishes a pending Result of a Command that is still being worked on, with how far it has come.
   *
   * @example
   * await results.progress(command, { node: 'model.shop.orders', status: 'success' });
   */
  progress(command: Command, data: JsonObject): Promise<Result> {
    const { correlation_id, job_id, step_id, type: handler } = command;
    return this.publish(Result.pending({ correlation_id, job_id, step_id, handler, data }));
  }

  async #emit(pattern: string, data: Result | Event): Promise<void> {
    await lastValueFrom(this.client.emit(pattern, data), { defaultValue: undefined });
  }
}

/** What is left to send of a Result that SNS does not take; undefined when nothing could be left out. */
function bareResult(result: Result, error: WeftError): Result | undefined {
  const { data, inputs, outputs, executions } = result;
  const isBare = data === null && [inputs, outputs, executions].every(({ length }) => length === 0);
  const ids = pickIds(result);
  if (result.status === 'success') {
    return Result.error({
      ...ids,
      errors: [`The Result cannot be sent: ${errorText(error)}`],
    });
  }
  if (isBare) return undefined;
  return result.status === 'pending'
    ? Result.pending(ids)
    : Result.error({ ...ids, errors: result.errors });
}

const pickIds = ({ correlation_id, job_id, step_id, duration_ms, handler }: Result) => ({
  correlation_id,
  job_id,
  step_id,
  duration_ms,
  handler,
});
