/** A scalar value in a document. Dates are for TTL indexes; other times are ISO texts. */
export type Scalar = string | number | boolean | null | Date;

/** The name of a field, or the way to one within it: `outputs.location`, `feedbacks.3`. */
export type FieldPath<T> = (keyof T & string) | `${keyof T & string}.${string}`;

/**
 * The condition on a field. A bare scalar means `$eq`. Put a user's text into `{ $eq: text }`, where an object with
 * operators is refused.
 */
export type Condition = Scalar | Operators;

export interface Operators {
  readonly $eq?: Scalar;
  readonly $ne?: Scalar;
  readonly $gt?: Scalar;
  readonly $gte?: Scalar;
  readonly $lt?: Scalar;
  readonly $lte?: Scalar;
  readonly $in?: readonly Scalar[];
  readonly $nin?: readonly Scalar[];
  readonly $exists?: boolean;
  readonly $not?: Operators;
  /** Matches if one entry of the list satisfies all operators, or a filter over the entry's fields. */
  readonly $elemMatch?: Operators | EntryFilter;
}

/** A filter over the fields of a list's entries. */
interface EntryFilter {
  readonly [field: string]: Condition | readonly EntryFilter[];
}

/** MongoDB's filters, in the subset that every store supports. */
export type Filter<T> = { readonly [P in FieldPath<T>]?: Condition } & {
  readonly $and?: readonly Filter<T>[];
  readonly $or?: readonly Filter<T>[];
};

type Fields<T, V> = Readonly<Partial<Record<FieldPath<T>, V>>>;

/** MongoDB's updates, in the subset that every store supports. No path may be written twice. */
export interface Update<T> {
  readonly $set?: Fields<T, unknown>;
  readonly $unset?: Fields<T, unknown>;
  readonly $inc?: Fields<T, number>;
  readonly $max?: Fields<T, Scalar>;
  readonly $min?: Fields<T, Scalar>;
  /** Appends a value to a list, or several with `{ $each, $slice }`, which keeps the first n or last −n. */
  readonly $push?: Fields<T, unknown>;
  /** Adds a value to a list unless it is in it, or several with `{ $each }`. */
  readonly $addToSet?: Fields<T, unknown>;
  /** Removes every entry of a list that equals a value, or matches operators or a filter over its fields. */
  readonly $pull?: Fields<T, Condition | EntryFilter>;
  /** Written only when an upsert inserts the document. */
  readonly $setOnInsert?: Fields<T, unknown>;
}

/** Paths to keep (1) or to leave out (0), not mixed and none within another. `_id` is always kept. */
export type Projection = Readonly<Record<string, 0 | 1>>;
export type Sort = Readonly<Record<string, 1 | -1>>;

export interface FindOneOptions {
  readonly projection?: Projection;
}

export interface UpdateOneOptions extends FindOneOptions {
  /** Inserts the document if none matches. Default: false. */
  readonly upsert?: boolean;
}

/** The arguments of one updateOne, for doing many at once. */
export interface SingleUpdate<T> {
  readonly filter: Filter<T>;
  readonly update: Update<T>;
}

export interface FindOptions extends FindOneOptions {
  /** Missing and null sort first, going up. */
  readonly sort?: Sort;
  /** Default: all. */
  readonly limit?: number;
  readonly skip?: number;
}

/** A collection of documents, each changed as a whole and atomically. */
export interface DocumentCollection<T extends { _id: string }> {
  /** @throws {DuplicateKeyError} when `_id` or a unique value is taken. */
  insert(document: T): Promise<void>;
  /**
   * Inserts in order. It stops at the first document whose `_id` or unique value is taken, and keeps those before it,
   * as MongoDB does without a transaction.
   *
   * @throws {DuplicateKeyError}
   */
  insertMany(documents: readonly T[]): Promise<void>;
  findOne(filter: Filter<T>, options?: FindOneOptions): Promise<T | null>;
  find(filter: Filter<T>, options?: FindOptions): Promise<T[]>;
  /**
   * Changes the first matching document atomically, and returns the changed document; null if none matches. An upsert
   * needs `_id` in the filter, from which it makes the document.
   *
   * @throws {DuplicateKeyError} when the change, or the upsert, takes a value that is taken.
   */
  updateOne(filter: Filter<T>, update: Update<T>, options?: UpdateOneOptions): Promise<T | null>;
  /**
   * Changes every matching document, each atomically.
   *
   * @returns the number of matching documents.
   * @throws {DuplicateKeyError} when a change takes a value that is taken; those before it stay changed.
   */
  updateMany(filter: Filter<T>, update: Update<T>): Promise<number>;
  /**
   * Makes many updates of single documents in as few calls as the store allows, in any order. Each is atomic.
   *
   * @returns the number of updates that found a document.
   * @throws {DuplicateKeyError} when one takes a value that is taken; the others may be written.
   */
  updateEach(updates: readonly SingleUpdate<T>[]): Promise<number>;
  /** @returns how many were deleted. */
  deleteMany(filter: Filter<T>): Promise<number>;
  count(filter: Filter<T>): Promise<number>;
}

export interface IndexDefinition {
  readonly fields: Readonly<Record<string, 1 | -1>>;
  readonly unique?: boolean;
  /** Leaves out documents without the field, so that a unique index allows many of them. */
  readonly sparse?: boolean;
  /** For one field with a Date: the document is deleted this long after it, with a delay of about a minute. */
  readonly expireAfterSeconds?: number;
}

// T is only for inference: store.collection(SESSIONS) knows the type of its documents.
export interface CollectionDefinition<T extends { _id: string } = { _id: string }> {
  /** Lower-case letters, digits, `_` and `-`; at most 64 characters. */
  readonly name: string;
  readonly indexes?: readonly IndexDefinition[];
  readonly documentType?: (document: T) => void;
}
