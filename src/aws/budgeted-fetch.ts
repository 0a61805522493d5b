import type { ByteBudget, ByteShare } from './byte-budget.js';
import { BodyTooLargeError, discardBody, readBody } from './read-body.js';

/** What of S3's answer matters here. */
export interface BodyAnswer {
  readonly Body?: unknown;
  readonly ContentLength?: number | undefined;
}

export interface BudgetedFetchOptions {
  readonly budget: ByteBudget;
  /** Most bytes of one body. */
  readonly maxBytes: number;
  /** Ends the wait for the budget. */
  readonly signal?: AbortSignal | undefined;
}

/** An answer with its body, and the body's part of the budget, to be released when nothing reads the body any more. */
export interface FetchedBody<T> {
  readonly answer: T;
  readonly bytes: Buffer;
  readonly share: ByteShare;
}

/**
 * Fetches a body once its budget has room for it. An answer that has none is let go and asked for again later: unread,
 * it would keep its connection. One that does not say how long it is takes the room of the largest until it is read.
 *
 * @throws BodyTooLargeError for more than `maxBytes`; what `get` and the signal throw.
 */
export async function fetchWithin<T extends BodyAnswer>(
  get: () => Promise<T>,
  { budget, maxBytes, signal }: BudgetedFetchOptions,
): Promise<FetchedBody<T>> {
  let held: { readonly bytes: number; readonly share: ByteShare } | undefined;
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
        const read = await readBody(answer.Body, bytes);
        share.shrinkTo(read.length);
        return { answer, bytes: read, share };
      }
      discardBody(answer.Body);
      held = { bytes, share: await budget.take(bytes, signal) };
    }
  } catch (error) {
    held?.share.release();
    throw error;
  }
}
