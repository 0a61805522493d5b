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
  /** Returns the same collection for the same name. Makes no call and opens no file yet. */
  abstract collection<T extends { _id: string }>(
    definition: CollectionDefinition<T>,
  ): DocumentCollection<T>;

  /**
   * Connects, or opens the files, and creates the indexes of every collection requested so far. The service calls it at
   * start, so that an index that cannot be created stops the start; otherwise a collection does this before its first
   * use.
   *
   * @throws {StoreUnavailableError} when documents cannot be reached or written.
   * @throws {StoreCorruptError} when a file of the embedded store cannot be read.
   * @throws {IndexError} when an index cannot be made.
   */
  abstract open(): Promise<void>;

  /** @throws {StoreUnavailableError} when documents cannot be read or written now. */
  abstract ping(): Promise<void>;

  /** Finishes the writes in flight and closes files and connections. May be called twice. */
  abstract close(): Promise<void>;
}

/** Collection names become names of tables and files, so only safe characters are allowed. */
export function assertCollectionName(name: string): void {
  if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name)) {
    throw new InvalidQueryError(`Invalid name of a collection: ${JSON.stringify(name)}`);
  }
}
