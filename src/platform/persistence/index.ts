export type {
  CollectionDefinition,
  Condition,
  DocumentCollection,
  FieldPath,
  Filter,
  FindOneOptions,
  FindOptions,
  IndexDefinition,
  Operators,
  Projection,
  Scalar,
  SingleUpdate,
  Sort,
  Update,
  UpdateOneOptions,
} from './document-collection.js';
export { DocumentStore } from './document-store.js';
export { DocumentIdempotencyStore } from './idempotency.store.js';
export * from './persistence.errors.js';
export * from './persistence.module.js';
export type { MongooseStoreOptions } from './mongoose/mongoose.store.js';
export type { SqliteStoreOptions } from './sqlite/sqlite.store.js';
export { assertSafeKey, assertSafeKeys } from './safe-keys.js';
export { fromStoredKeys, toStoredKeys } from './stored-keys.js';
