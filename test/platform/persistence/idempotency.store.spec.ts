import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  DocumentIdempotencyStore,
  type DocumentStore,
} from '../../../src/platform/persistence/index.js';
import { MongooseStore } from '../../../src/platform/persistence/mongoose/mongoose.store.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { idempotencyStoreContract } from '../../contract/idempotency-store.contract.js';

const documentsDir = mkdtempSync(join(tmpdir(), 'weft-idempotency-'));
const opened: DocumentStore[] = [];
afterAll(async () => {
  await Promise.all(opened.map((store) => store.close()));
  rmSync(documentsDir, { recursive: true });
});

const over = (store: DocumentStore): DocumentIdempotencyStore => {
  opened.push(store);
  return new DocumentIdempotencyStore(store);
};

const files = new SqliteStore({ documentsDir });
idempotencyStoreContract('documents in memory', () => over(new SqliteStore()));
idempotencyStoreContract('documents in files', () => over(files));

const uri = process.env['MONGODB_URI'];
if (uri !== undefined && uri !== '') {
  const mongo = new MongooseStore({ uri, databaseName: `weft-idempotency-${process.pid}` });
  idempotencyStoreContract('MongoDB', () => over(mongo));
}

describe('the idempotency store in documents', () => {
  it('takes a key again whose document has expired and was not deleted yet', async () => {
    const store = over(new SqliteStore());
    const nowMs = Date.now();
    const reservation = {
      key: 'k',
      owner: 'first',
      payloadHash: 'f00d',
      inProgressUntilMs: nowMs + 1000,
      expiresAtS: Math.floor(nowMs / 1000) - 10,
    };
    expect(await store.reserve(reservation, nowMs - 60_000)).toBeUndefined();
    const next = { ...reservation, owner: 'second', expiresAtS: Math.ceil(nowMs / 1000) + 10 };
    expect(await store.reserve(next, nowMs)).toBeUndefined();
    expect(await store.reserve({ ...next, owner: 'third' }, nowMs)).toMatchObject({
      owner: 'second',
    });
  });
});
