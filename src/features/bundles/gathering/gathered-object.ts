import type { AnnouncedObject } from '../intake/announcement.js';

/** The outcome of an object: it is in a bundle, was in one before, or no longer exists, as a manifest records. */
export type ObjectOutcome = 'bundled' | 'repeated' | 'gone';

/** An object that is being bundled, and the promise its message waits for. */
export class GatheredObject {
  readonly #settled = Promise.withResolvers<ObjectOutcome>();

  constructor(
    readonly object: AnnouncedObject,
    /** Name of its member, before it is made unique in the archive. */
    readonly name: string,
    /** Time of its arrival in milliseconds, by the bundler's clock. */
    readonly sinceMs: number,
  ) {}

  /** Rejects with the error for its message. */
  get settled(): Promise<ObjectOutcome> {
    return this.#settled.promise;
  }

  end(outcome: ObjectOutcome): void {
    this.#settled.resolve(outcome);
  }

  fail(error: unknown): void {
    this.#settled.reject(error);
  }
}
