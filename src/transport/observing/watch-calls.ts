import type { EntryOutcome } from '../call-batching/entry-batcher.js';
import { SendFailedError } from '../errors/index.js';
import type { CallFacts, TransportObserver } from '../transport.observer.js';
import { errorType } from './error-type.js';

/** Makes one call to SNS or SQS and reports its outcome. */
export type WatchedCall = <T>(call: () => Promise<T[]>) => Promise<T[]>;

export const unwatched: WatchedCall = (call) => call();

/** Watches calls of one kind, whose results are messages or outcomes of entries. */
export function watchCalls(observer: TransportObserver | undefined, facts: CallFacts): WatchedCall {
  if (!observer?.called) return unwatched;
  return async (call) => {
    const startedMs = performance.now();
    try {
      const answer = await call();
      const failures = answer.flatMap(failureOf);
      const durationMs = performance.now() - startedMs;
      observer.called?.({ call: facts, durationMs, messages: answer.length, failures });
      return answer;
    } catch (error) {
      const durationMs = performance.now() - startedMs;
      const failed = {
        call: facts,
        durationMs,
        messages: 0,
        failures: [],
        error: errorType(error),
      };
      observer.called?.(failed);
      throw error;
    }
  };
}

const failureOf = (answered: unknown): string[] => {
  const { ok, error } = answered as Partial<EntryOutcome> & { readonly error?: Error };
  if (ok !== false) return [];
  const code = error instanceof SendFailedError ? error.details['code'] : undefined;
  return [typeof code === 'string' ? code : errorType(error)];
};
