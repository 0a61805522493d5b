import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
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
});
