import type { EntryOutcome } from '../call-batching/entry-batcher.js';
import { SendFailedError } from '../errors/index.js';

/** Why a broker does not take a message, by one of AWS's codes. */
export const refusal = (code: string, why = ''): SendFailedError =>
  new SendFailedError(`The queue refused the message: ${code}${why && `: ${why}`}`, {
    retryable: false,
    details: { code },
  });

/** What became of an entry that a broker refuses: it is not tried again. */
export const refused = (code: string, why?: string): EntryOutcome => ({
  ok: false,
  retryable: false,
  error: refusal(code, why),
});
