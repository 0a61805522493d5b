import { parseResult, Result } from '../../protocol/index.js';
import type { RecordedResult, ResultsService } from './results.service.js';

/**
 * Applies one Result to its step, as the results queue does.
 *
 * @param result a Result, or the JSON of one.
 * @throws {ValidationFailedError} if it is no Result.
 * @throws {RetryableError} if its step does not exist (yet).
 * @throws {ForeignResultError} if it does not belong to the step it names.
 * @example
 * const outcome = await processResult(JSON.parse(body), app.get(ResultsService));
 */
export async function processResult(
  result: unknown,
  registry: Pick<ResultsService, 'record'>,
): Promise<RecordedResult> {
  return registry.record(result instanceof Result ? result : parseResult(result));
}
