import type { EntryOutcome } from '../../src/transport/call-batching/entry-batcher.js';
import { SendFailedError } from '../../src/transport/errors/index.js';

const REFUSED: EntryOutcome = {
  ok: false,
  retryable: true,
  error: new SendFailedError('The service has failed', { details: { code: 'InternalError' } }),
};

/**
 * A call of which the service refuses some entries and takes the others.
 *
 * @param act called with those that are taken, which may be none.
 */
export async function refusingSome<T>(
  entries: readonly T[],
  isRefused: () => boolean,
  act: (entries: readonly T[]) => Promise<EntryOutcome[]>,
): Promise<EntryOutcome[]> {
  const refusals = entries.map(isRefused);
  const taken = entries.filter((_entry, index) => !refusals[index]);
  const outcomes = (await act(taken)).values();
  return refusals.map((refused) => (refused ? REFUSED : (outcomes.next().value ?? REFUSED)));
}
