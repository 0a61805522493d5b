import type { mongo } from 'mongoose';
import { assertFindOptions, assertProjection } from '../check-find.js';
import { checkedUpdate } from '../check-update.js';
import type {
  CollectionDefinition,
  DocumentCollection,
  Filter,
  FindOneOptions,
  FindOptions,
  IndexDefinition,
  SingleUpdate,
  Update,
  UpdateOneOptions,
} from '../document-collection.js';
import { parseFilter } from '../parse-filter.js';
import { UPSERT_ATTEMPTS } from '../persistence.constants.js';
import { storedDocument } from '../stored-value.js';
import { assertUpsertable } from '../upsert.js';
import { indexFailure, isDuplicateKey, translated } from './mongo-errors.js';

type Document = mongo.Document & { _id: string };
type Native = mongo.Collection<Document>;

/** One MongoDB collection, reached through mongoose's connection, without models of its own. */
export class MongooseCollection<T extends { _id: string }> implements DocumentCollection<T> {
  readonly definition: CollectionDefinition<T>;
  readonly #connect: () => Promise<mongo.Db>;
  #ready: Promise<Native> | undefined;

  constructor(definition: CollectionDefinition<T>, connect: () => Promise<mongo.Db>) {
    this.definition = definition;
    this.#connect = connect;
  }

  /** Connects and creates the indexes. */
  async declare(): Promise<void> {
    await this.#run(() => Promise.resolve());
  }

  async insert(document: T): Promise<void> {
    const stored = storedDocument(document, this.definition.name);
    await this.#run((native) => native.insertOne({ ...stored }));
  }

  async insertMany(documents: readonly T[]): Promise<void> {
    const { name } = this.definition;
    const stored = documents.map((document) => ({ ...storedDocument(document, name) }));
    if (stored.length === 0) return;
    await this.#run((native) => native.insertMany(stored, { ordered: true }));
  }

  async findOne(filter: Filter<T>, options: FindOneOptions = {}): Promise<T | null> {
    const [found] = await this.find(filter, { ...options, limit: 1 });
    return found ?? null;
  }

  async find(filter: Filter<T>, options: FindOptions = {}): Promise<T[]> {
    parseFilter(filter);
    assertFindOptions(options);
    const { sort, skip, limit, projection } = options;
    // To MongoDB a limit of 0 means none.
    if (limit === 0) return [];
    return this.#run(async (native) => {
      const cursor = native.find(query(filter), {
        ...(sort === undefined ? {} : { sort: { ...sort } }),
        ...(skip === undefined ? {} : { skip }),
        ...(limit === undefined ? {} : { limit }),
        ...(projection === undefined ? {} : { projection: { ...projection } }),
      });
      return (await cursor.toArray()).map((found) => this.#typed(found));
    });
  }

  async updateOne(
    filter: Filter<T>,
    update: Update<T>,
    { upsert = false, projection }: UpdateOneOptions = {},
  ): Promise<T | null> {
    const node = parseFilter(filter);
    const changes = query(checkedUpdate(update));
    assertProjection(projection);
    if (upsert) assertUpsertable(node);
    const found = await this.#run((native) =>
      withUpsertRetries(upsert, () =>
        native.findOneAndUpdate(query(filter), changes, {
          upsert,
          returnDocument: 'after',
          ...(projection === undefined ? {} : { projection: { ...projection } }),
        }),
      ),
    );
    return found === null ? null : this.#typed(found);
  }

  async updateMany(filter: Filter<T>, update: Update<T>): Promise<number> {
    parseFilter(filter);
    const changes = query(checkedUpdate(update));
    const { matchedCount } = await this.#run((native) => native.updateMany(query(filter), changes));
    return matchedCount;
  }

  async updateEach(updates: readonly SingleUpdate<T>[]): Promise<number> {
    if (updates.length === 0) return 0;
    const operations = updates.map(({ filter, update }) => {
      parseFilter(filter);
      return { updateOne: { filter: query(filter), update: query(checkedUpdate(update)) } };
    });
    const { matchedCount } = await this.#run((native) =>
      native.bulkWrite(operations, { ordered: false }),
    );
    return matchedCount;
  }

  async deleteMany(filter: Filter<T>): Promise<number> {
    parseFilter(filter);
    const { deletedCount } = await this.#run((native) => native.deleteMany(query(filter)));
    return deletedCount;
  }

  async count(filter: Filter<T>): Promise<number> {
    parseFilter(filter);
    return this.#run((native) => native.countDocuments(query(filter)));
  }

  async #run<R>(task: (native: Native) => Promise<R>): Promise<R> {
    try {
      return await task(await this.#native());
    } catch (error) {
      throw translated(error, this.definition.name);
    }
  }

  /** The collection, with its indexes created; a failure is not cached. */
  #native(): Promise<Native> {
    this.#ready ??= this.#prepare().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #prepare(): Promise<Native> {
    const database = await this.#connect();
    const native = database.collection<Document>(this.definition.name);
    const { name, indexes = [] } = this.definition;
    for (const index of indexes) {
      await native.createIndexes([describeIndex(index)]).catch((error: unknown) => {
        throw indexFailure(error, name, Object.keys(index.fields));
      });
    }
    return native;
  }

  #typed(found: Document): T {
    // All documents were written by insert or updateOne, which accept only a T.
    return found as unknown as T;
  }
}

/** The driver's types require its own query types; ours are a checked subset. */
function query(checked: object): mongo.Document {
  return { ...checked };
}

function describeIndex(index: IndexDefinition): mongo.IndexDescription {
  const { fields, unique, sparse, expireAfterSeconds } = index;
  return {
    key: { ...fields },
    ...(unique === true ? { unique } : {}),
    ...(sparse === true ? { sparse } : {}),
    ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds }),
  };
}

/**
 * When two upserts of one `_id` both try to insert, MongoDB fails one with a duplicate key; its next attempt finds the
 * document.
 */
async function withUpsertRetries<R>(upsert: boolean, attempt: () => Promise<R>): Promise<R> {
  for (let left = upsert ? UPSERT_ATTEMPTS : 1; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 1 || !isDuplicateKey(error)) throw error;
    }
  }
}
