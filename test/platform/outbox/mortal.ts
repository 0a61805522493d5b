import {
  DocumentStore,
  type CollectionDefinition,
  type DocumentCollection,
} from '../../../src/platform/persistence/index.js';
import type { Clock } from '../../../src/transport/clock.js';

/** A store as a process sees it that ends at a given call: that call and all later ones are never answered. */
export class MortalStore extends DocumentStore {
  readonly #store: DocumentStore;
  readonly #death = Promise.withResolvers<void>();
  #callsLeft = Number.POSITIVE_INFINITY;
  #lastIsDone = false;
  #dead = false;

  constructor(store: DocumentStore) {
    super();
    this.#store = store;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  get died(): Promise<void> {
    return this.#death.promise;
  }

  dieAfter(calls: number, lastIsDone = false): void {
    this.#callsLeft = calls;
    this.#lastIsDone = lastIsDone;
    if (calls === 0) this.#die();
  }

  override collection<T extends { _id: string }>(
    definition: CollectionDefinition<T>,
  ): DocumentCollection<T> {
    const real = this.#store.collection(definition);
    return {
      insert: (...args) => this.#call(() => real.insert(...args)),
      insertMany: (...args) => this.#call(() => real.insertMany(...args)),
      findOne: (...args) => this.#call(() => real.findOne(...args)),
      find: (...args) => this.#call(() => real.find(...args)),
      updateOne: (...args) => this.#call(() => real.updateOne(...args)),
      updateMany: (...args) => this.#call(() => real.updateMany(...args)),
      updateEach: (...args) => this.#call(() => real.updateEach(...args)),
      deleteMany: (...args) => this.#call(() => real.deleteMany(...args)),
      count: (...args) => this.#call(() => real.count(...args)),
    };
  }

  override open(): Promise<void> {
    return this.#store.open();
  }

  override ping(): Promise<void> {
    return this.#store.ping();
  }

  override close(): Promise<void> {
    return this.#store.close();
  }

  async #call<R>(task: () => Promise<R>): Promise<R> {
    if (this.#dead) return new Promise(() => undefined);
    this.#callsLeft--;
    if (this.#callsLeft > 0) return task();
    if (this.#lastIsDone) await task();
    this.#die();
    return new Promise(() => undefined);
  }

  #die(): void {
    this.#dead = true;
    this.#death.resolve();
  }
}

/** A clock whose timers no longer fire once the process is dead. */
export class MortalClock implements Clock {
  readonly #clock: Clock;
  readonly #isDead: () => boolean;

  constructor(clock: Clock, isDead: () => boolean) {
    this.#clock = clock;
    this.#isDead = isDead;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, callback: () => void | Promise<void>): () => void {
    return this.#clock.after(delayMs, () => (this.#isDead() ? undefined : callback()));
  }

  every(intervalMs: number, callback: () => void | Promise<void>): () => void {
    return this.#clock.every(intervalMs, () => (this.#isDead() ? undefined : callback()));
  }
}
