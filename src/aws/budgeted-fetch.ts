import type { ByteBudget, ByteShare } from './byte-budget.js';
import { BodyTooLargeError, discardBody, readBody } from './read-body.js';

/** The part of S3's answer used here. */
interface BodyAnswer {
  readonly Body?: unknown;
  readonly ContentLength?: number | undefined;
}

interface BudgetedFetchOptions {
  readonly budget: ByteBudget;
  /** Maximum bytes of one body. */
  readonly maxBytes: number;
  /** Ends the wait for the budget, and the reading of the body. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the wait for the budget alone. */
  readonly waitSignal?: AbortSignal | undefined;
}

/** An answer with its body, and the body's part of the budget, to be released when the body is no longer used. */
interface FetchedBody<T> {
  readonly answer: T;
  readonly bytes: Buffer;
  readonly share: ByteShare;
}

/**
 * Fetches a body once its budget has room for it. If there is no room, the answer is discarded and requested again
 * later, because an unread answer would keep its connection. A body of unknown length reserves the maximum until it is
 * read.
 *
 * @throws BodyTooLargeError for more than `maxBytes`; the errors of `get` and of the signal.
 */
export async function fetchWithin<T extends BodyAnswer>(
  get: () => Promise<T>,
  { budget, maxBytes, signal, waitSignal }: BudgetedFetchOptions,
): Promise<FetchedBody<T>> {
  let held: { readonly bytes: number; readonly share: ByteShare } | undefined;
  const waiting =
    signal && waitSignal ? AbortSignal.any([signal, waitSignal]) : (signal ?? waitSignal);
  try {
    for (;;) {
      const answer = await get();
      const bytes = answer.ContentLength ?? maxBytes;
      if (bytes > maxBytes) {
        discardBody(answer.Body);
        throw new BodyTooLargeError(maxBytes, bytes);
      }
      if (held && held.bytes < bytes) {
        held.share.release();
        held = undefined;
      }
      const share = held?.share ?? budget.tryTake(bytes);
      if (share) {
        held = { bytes, share };
        const read = await readBody(answer.Body, bytes, signal);
        share.shrinkTo(read.length);
        return { answer, bytes: read, share };
      }
      discardBody(answer.Body);
      held = { bytes, share: await budget.take(bytes, waiting) };
    }
  } catch (error) {
    held?.share.release();
    throw error;
  }
}
