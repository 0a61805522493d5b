import type {
  Completion,
  IdempotencyRecord,
  Reservation,
} from '../../src/transport/idempotency/index.js';
import type { IdempotencyStore } from '../../src/transport/idempotency/idempotency.store.js';
import type { ChildNews, StoreAnswer, StoreCall } from './child-task.js';

/** The parent's store, for a child: it outlives the processes that are killed, as a table would. */
export class RemoteStore implements IdempotencyStore {
  readonly #waiting = new Map<number, (found: StoreAnswer['found']) => void>();
  #calls = 0;

  constructor(private readonly tell: (news: ChildNews) => Promise<void>) {
    process.on('message', ({ call, found }: StoreAnswer) => {
      this.#waiting.get(call)?.(found);
      this.#waiting.delete(call);
    });
  }

  async reserve(reservation: Reservation, nowMs: number): Promise<IdempotencyRecord | undefined> {
    const found = await this.#ask('reserve', reservation, nowMs);
    return typeof found === 'object' ? found : undefined;
  }

  renew(reservation: Reservation, inProgressUntilMs: number): Promise<boolean> {
    return this.#succeeds('renew', reservation, inProgressUntilMs);
  }

  commit(reservation: Reservation, completion: Completion): Promise<boolean> {
    return this.#succeeds('commit', reservation, completion);
  }

  release(reservation: Reservation): Promise<boolean> {
    return this.#succeeds('release', reservation);
  }

  async #succeeds(method: StoreCall['method'], ...given: unknown[]): Promise<boolean> {
    return (await this.#ask(method, ...given)) === true;
  }

  async #ask(method: StoreCall['method'], ...given: unknown[]): Promise<StoreAnswer['found']> {
    const call = this.#calls++;
    const { promise, resolve } = Promise.withResolvers<StoreAnswer['found']>();
    this.#waiting.set(call, resolve);
    await this.tell({ call, method, given });
    return promise;
  }
}

/** The parent's side of it. */
export async function askStore(
  store: IdempotencyStore,
  { call, method, given }: StoreCall,
): Promise<StoreAnswer> {
  const ask = store[method].bind(store) as (...given: readonly unknown[]) => Promise<unknown>;
  return { call, found: (await ask(...given)) as StoreAnswer['found'] };
}
