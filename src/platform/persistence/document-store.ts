import type { CollectionDefinition, DocumentCollection } from './document-collection.js';
import { InvalidQueryError } from './persistence.errors.js';

/**
 * Where documents are kept: MongoDB, or files on this machine. Inject it by this class.
 *
 * @example
 * constructor(store: DocumentStore) {
 *   this.#jobs = store.collection<JobDocument>({ name: 'jobs' });
 * }
 */
export abstract class DocumentStore {
  /** Gives the same collection for the same name. Does not touch the network or a file yet. */
  abstract collection<T extends { _id: string }>(
    definition: CollectionDefinition<T>,
  ): DocumentCollection<T>;

  /** @throws {StoreUnavailableError} when documents cannot be read or written now. */
  abstract ping(): Promise<void>;

  /** Finishes what is under way and lets go of files and connections. May be called twice. */
  abstract close(): Promise<void>;
}

/** Names become file names, so they are held to what is safe in one. */
export function assertCollectionName(name: string): void {
  if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name)) {
    throw new InvalidQueryError(`Not the name of a collection: ${JSON.stringify(name)}`);
  }
}
