import { afterAll } from '@jest/globals';
import { DocumentIdempotencyStore } from '../../../src/platform/persistence/index.js';
import { MongooseStore } from '../../../src/platform/persistence/mongoose/mongoose.store.js';
import { idempotencyStoreContract } from '../../contract/idempotency-store.contract.js';
import { addressOf } from '../engine.js';

const mongo = new MongooseStore({
  uri: addressOf('mongo-java-server'),
  databaseName: `weft-idempotency-${process.pid}`,
});
afterAll(() => mongo.close());

idempotencyStoreContract('MongoDB', () => new DocumentIdempotencyStore(mongo));
