import { afterAll } from '@jest/globals';
import { DocumentIdempotencyStore } from '../../../src/persistence/index.js';
import { MongooseStore } from '../../../src/persistence/mongoose/mongoose.store.js';
import { idempotencyStoreContract } from '../../contract/idempotency-store.contract.js';
import { addressOf } from '../engine.js';

const mongo = new MongooseStore({
  uri: addressOf('mongo-java-server'),
  databaseName: `weft-idempotency-${process.pid}`,
});
afterAll(() => mongo.close());

idempotencyStoreContract('MongoDB', () => new DocumentIdempotencyStore(mongo));
