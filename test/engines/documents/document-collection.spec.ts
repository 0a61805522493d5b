import { MongooseStore } from '../../../src/platform/persistence/mongoose/mongoose.store.js';
import { documentCollectionContract } from '../../contract/document-collection.contract.js';
import { addressOf } from '../engine.js';

documentCollectionContract(
  'MongoDB',
  () =>
    new MongooseStore({
      uri: addressOf('mongo-java-server'),
      databaseName: `weft-test-${process.pid}`,
    }),
);
