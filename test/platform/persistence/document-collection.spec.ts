import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { MongooseStore } from '../../../src/platform/persistence/mongoose/mongoose.store.js';
import { NedbStore } from '../../../src/platform/persistence/nedb/nedb.store.js';
import { documentCollectionContract } from '../../contract/document-collection.contract.js';

const documentsDir = mkdtempSync(join(tmpdir(), 'weft-documents-'));
afterAll(() => {
  rmSync(documentsDir, { recursive: true });
});

documentCollectionContract('memory', () => new NedbStore());
documentCollectionContract('files', () => new NedbStore({ documentsDir }));

const uri = process.env['MONGODB_URI'];
if (uri !== undefined && uri !== '') {
  const databaseName = `weft-test-${process.pid}`;
  documentCollectionContract('MongoDB', () => new MongooseStore({ uri, databaseName }));
}
