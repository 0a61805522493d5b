import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { MongooseStore } from '../../../src/platform/persistence/mongoose/mongoose.store.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import {
  documentCollectionContract,
  sharedDocumentsContract,
} from '../../contract/document-collection.contract.js';

const documentsDir = mkdtempSync(join(tmpdir(), 'weft-documents-'));
afterAll(() => {
  rmSync(documentsDir, { recursive: true });
});

documentCollectionContract('memory', () => new SqliteStore());
const inFile = () => new SqliteStore({ documentsDir });
documentCollectionContract('a file', inFile);
sharedDocumentsContract('a file', inFile);

const uri = process.env['MONGODB_URI'];
if (uri !== undefined && uri !== '') {
  const databaseName = `weft-test-${process.pid}`;
  const inMongo = () => new MongooseStore({ uri, databaseName });
  documentCollectionContract('MongoDB', inMongo);
  sharedDocumentsContract('MongoDB', inMongo);
}
