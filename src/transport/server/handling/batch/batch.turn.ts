import type { IdempotencyGuard, GuardedCall } from '../idempotency.guard.js';
import { settled } from '../flatten.js';

export type TurnOutcome = { readonly ok: true } | { readonly ok: false; readonly error: unknown };

const DONE: TurnOutcome = { ok: true };

/**
 * One message's turn in a batch. With an idempotency store its work is reserved
 * on its own before the handler runs, and committed or released by its own outcome.
 */
export class BatchTurn {
  /** Whether the handler gets the message: not if its work is done, or in progress elsewhere. */
  readonly admitted: Promise<boolean>;
  /** Never rejects. */
  readonly ended: Promise<TurnOutcome>;
  readonly #work = Promise.withResolvers<void>();

  constructor(guard: IdempotencyGuard | undefined, call: GuardedCall) {
    const { promise, resolve: admit } = Promise.withResolvers<boolean>();
    const handle = (): Promise<void> => {
      admit(true);
      return this.#work.promise;
    };
    this.admitted = promise;
    this.ended = (guard ? guard.run(call, handle, settled) : handle()).then(
      () => DONE,
      (error: unknown) => ({ ok: false, error }),
    );
    void this.ended.then(() => admit(false));
  }

  /** Ends an admitted turn with its message's outcome. */
  end(outcome: TurnOutcome): void {
    if (outcome.ok) this.#work.resolve();
    else this.#work.reject(outcome.error);
  }
}
