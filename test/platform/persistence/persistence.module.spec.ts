import { inspect } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { createDocumentStore } from '../../../src/platform/persistence/persistence.module.js';
import { DocumentStore, PersistenceModule } from '../../../src/platform/persistence/index.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';

@Injectable()
class Notes {
  constructor(readonly store: DocumentStore) {}
}

describe('the persistence module', () => {
  it('provides the store everywhere and closes it with the application', async () => {
    const module = await Test.createTestingModule({
      imports: [PersistenceModule.forRoot({ kind: 'embedded' })],
      providers: [Notes],
    }).compile();
    const app = await module.init();
    const { store } = app.get(Notes);
    expect(store).toBeInstanceOf(SqliteStore);
    await store.ping();
    await app.close();
    await expect(store.ping()).rejects.toThrow('closed');
  });

  it.each([
    'mongodb://h/?authMechanism=s3cr3t',
    'mongodb://h/?readPreference=s3cr3t',
    'mongodb://u:p@h/?compressors=s3cr3t',
    'mongodb://u:p@h/?s3cr3t=1',
    'mongodb://u:s3cr3t%pass@h/',
    'mongodb://u:s3cr3t@/weft',
  ])(
    'refuses at the start a URI that the driver cannot read, without its words: %s',
    async (uri) => {
      const refused = createDocumentStore({ kind: 'mongodb', uri });
      await expect(refused).rejects.toThrow(/MONGODB_URI cannot be read by MongoDB's driver/);
      const error = await refused.catch((reason: unknown) => reason);
      expect(inspect(error, { depth: 9 })).not.toContain('s3cr3t');
    },
  );
});
