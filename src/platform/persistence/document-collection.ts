/** A value as documents hold it. Dates are for indexes that expire; other times are ISO texts. */
export type Scalar = string | number | boolean | null | Date;

/** The name of a field, or the way to one within it: `outputs.location`, `feedbacks.3`. */
export type FieldPath<T> = (keyof T & string) | `${keyof T & string}.${string}`;

/**
 * What a field is compared with. A bare scalar means `$eq`. A text that came from a
 * user belongs into `{ $eq: text }`: there an object with operators is refused.
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
  /** One entry of the list fits all of it: operators, or a filter over the entry's fields. */
  readonly $elemMatch?: Operators | EntryFilter;
}

/** A filter over the fields of a list's entries. */
export interface EntryFilter {
  readonly [field: string]: Condition | readonly EntryFilter[];
}

/** MongoDB's filters, in the subset every store keeps. */
export type Filter<T> = { readonly [P in FieldPath<T>]?: Condition } & {
  readonly $and?: readonly Filter<T>[];
  readonly $or?: readonly Filter<T>[];
};

type Fields<T, V> = Readonly<Partial<Record<FieldPath<T>, V>>>;

/** MongoDB's updates, in the subset every store keeps. No path may be written twice. */
export interface Update<T> {
  readonly $set?: Fields<T, unknown>;
  readonly $unset?: Fields<T, unknown>;
  readonly $inc?: Fields<T, number>;
  readonly $max?: Fields<T, Scalar>;
  readonly $min?: Fields<T, Scalar>;
  /** A value for the end of a list, or `{ $each, $slice }`: several, then the first n or last −n kept. */
  readonly $push?: Fields<T, unknown>;
  /** A value the list gets once, or several with `{ $each }`. */
  readonly $addToSet?: Fields<T, unknown>;
  /** Takes every entry out of a list that equals a value, or fits operators or a filter over its fields. */
  readonly $pull?: Fields<T, Condition | EntryFilter>;
  /** Written only when an upsert makes the document. */
  readonly $setOnInsert?: Fields<T, unknown>;
}

/** Paths to keep (1) or to leave out (0), not mixed. `_id` always stays. */
export type Projection = Readonly<Record<string, 0 | 1>>;
export type Sort = Readonly<Record<string, 1 | -1>>;

export interface FindOneOptions {
  readonly projection?: Projection;
}

export interface UpdateOneOptions extends FindOneOptions {
  /** Makes the document where none fits. Default: false. */
  readonly upsert?: boolean;
}

/** What updateOne is given, to do many at once. */
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
   * Inserts in order. At the first one whose `_id` or unique value is taken it stops, and those
   * before it stay: what MongoDB does without a transaction.
   *
   * @throws {DuplicateKeyError}
   */
  insertMany(documents: readonly T[]): Promise<void>;
  findOne(filter: Filter<T>, options?: FindOneOptions): Promise<T | null>;
  find(filter: Filter<T>, options?: FindOptions): Promise<T[]>;
  /**
   * Changes the first document that fits, in one step that no other write can come
   * between, and gives the document as it is after it; null when none fits.
   * An upsert needs `_id` in the filter and makes the document from it.
   *
   * @throws {DuplicateKeyError} when the change, or the upsert, takes a value that is taken.
   */
  updateOne(filter: Filter<T>, update: Update<T>, options?: UpdateOneOptions): Promise<T | null>;
  /**
   * Changes every document that fits, each atomically on its own.
   *
   * @returns how many fitted.
   * @throws {DuplicateKeyError} when a change takes a value that is taken; those before it stay changed.
   */
  updateMany(filter: Filter<T>, update: Update<T>): Promise<number>;
  /**
   * Many updates of single documents in as few calls as the store allows, in any order. Each is
   * atomic on its own.
   *
   * @returns how many found their document.
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
  /** Leaves out documents without the field; a unique index then allows many of them. */
  readonly sparse?: boolean;
  /** For one field that holds a Date: the document is deleted this long after it, within a minute or so. */
  readonly expireAfterSeconds?: number;
}

// T is carried for inference alone: store.collection(SESSIONS) knows its documents.
export interface CollectionDefinition<T extends { _id: string } = { _id: string }> {
  /** Lower-case letters, digits, `_` and `-`; at most 64 characters. */
  readonly name: string;
  readonly indexes?: readonly IndexDefinition[];
  readonly documentType?: (document: T) => void;
}
