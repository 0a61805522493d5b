export { DynamoDbIdempotencyStore } from './dynamodb.store.js';
export { createIdempotencyTable, verifyIdempotencyTable } from './dynamodb.table.js';
export type {
  IdempotencyOptions,
  MessageWork,
  RepeatedMessage,
  WorkIdentity,
} from './idempotency.options.js';
export type {
  Completion,
  IdempotencyRecord,
  IdempotencyStore,
  Reservation,
} from './idempotency.store.js';
export { MemoryIdempotencyStore } from './memory.store.js';
export type { MessageIdentity } from './message-key.js';
export { powertoolsHash, powertoolsKey, type PowertoolsHashFunction } from './powertools-key.js';
