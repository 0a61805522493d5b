import { isThrottlingCode } from '../broker.errors.js';
import { SendFailedError } from '../../errors/index.js';
import type { EntryOutcome } from '../../call-batching/entry-batcher.js';

interface FailedEntry {
  readonly Id?: string | undefined;
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
  readonly SenderFault?: boolean | undefined;
}

interface BatchAnswer {
  readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined;
  readonly Failed?: readonly FailedEntry[] | undefined;
}

const DONE: EntryOutcome = { ok: true };

/** Numbers entries by position: message ids may repeat within a batch, positions cannot. */
export const withIds = <T>(entries: readonly T[]): (T & { Id: string })[] =>
  entries.map((entry, index) => ({ ...entry, Id: String(index) }));

/** Reads a batch answer of SQS or SNS by position. An entry that the answer leaves out has failed. */
export function batchOutcomes(count: number, answer: BatchAnswer, what: string): EntryOutcome[] {
  const successful = answer.Successful ?? [];
  if (successful.length === count && successful.every(isInPlace)) return successful.map(() => DONE);
  const outcomes = new Map<string | undefined, EntryOutcome>();
  for (const { Id: id } of successful) outcomes.set(id, DONE);
  for (const failed of answer.Failed ?? []) {
    const { Code: code, Message: message, SenderFault: senderFault = false } = failed;
    // SQS models throttling as the sender's fault, although a later attempt succeeds.
    const retryable = !senderFault || (code !== undefined && isThrottlingCode(code));
    outcomes.set(failed.Id, {
      ok: false,
      retryable,
      error: new SendFailedError(
        `${what} failed: ${code ?? 'no code'}${message ? `: ${message}` : ''}`,
        {
          retryable,
          details: { code, senderFault },
        },
      ),
    });
  }
  return Array.from(
    { length: count },
    (_, index) => outcomes.get(String(index)) ?? notMentioned(what),
  );
}

/** Nearly every answer names all entries in order, and then needs no map. */
const isInPlace = ({ Id: id }: { readonly Id?: string | undefined }, index: number): boolean =>
  id === String(index);

const notMentioned = (what: string): EntryOutcome => ({
  ok: false,
  retryable: true,
  error: new SendFailedError(`${what}: the answer does not mention the entry`),
});
