import { MongooseStore } from '../../../src/platform/persistence/mongoose/mongoose.store.js';
import {
  documentCollectionContract,
  sharedDocumentsContract,
} from '../../contract/document-collection.contract.js';
import { addressOf } from '../engine.js';

const open = () =>
  new MongooseStore({
    uri: addressOf('mongo-java-server'),
    databaseName: `weft-test-${process.pid}`,
  });

documentCollectionContract('MongoDB', open);
sharedDocumentsContract('MongoDB', open);
