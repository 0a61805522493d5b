import { parseResult, Result } from '../../protocol/index.js';
import type { RecordedResult, ResultsService } from './results.service.js';

/**
 * Takes one Result into its step, as the results queue does.
 *
 * @param result a Result, or the JSON of one.
 * @throws {ValidationFailedError} when it is none.
 * @throws {RetryableError} when its step is not there (yet).
 * @throws {ForeignResultError} when it is not of the step it names.
 * @example
 * const outcome = await processResult(JSON.parse(body), app.get(ResultsService));
 */
export async function processResult(
  result: unknown,
  registry: Pick<ResultsService, 'record'>,
): Promise<RecordedResult> {
  return registry.record(result instanceof Result ? result : parseResult(result));
}
