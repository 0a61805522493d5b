import type { AnnouncedObject } from '../intake/announcement.js';

/** What became of an object: it is in a bundle, was in one before, or is gone, which a manifest says. */
export type ObjectOutcome = 'bundled' | 'repeated' | 'gone';

/** An object that is being bundled, and the promise its message waits for. */
export class GatheredObject {
  readonly #settled = Promise.withResolvers<ObjectOutcome>();

  constructor(
    readonly object: AnnouncedObject,
    /** Of its member, before it is made unique in the archive. */
    readonly name: string,
    /** Milliseconds, by the bundler's clock. */
    readonly sinceMs: number,
  ) {}

  /** Rejects with what the message it came in fails with. */
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
