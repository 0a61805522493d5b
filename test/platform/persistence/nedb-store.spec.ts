import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DuplicateKeyError,
  StoreCorruptError,
  type CollectionDefinition,
} from '../../../src/platform/persistence/index.js';
import { NedbStore } from '../../../src/platform/persistence/nedb/nedb.store.js';

interface Item {
  _id: string;
  n?: number;
  code?: string;
  at?: Date | string;
}

describe('the embedded store in files', () => {
  let documentsDir: string;
  let stores: NedbStore[];
  const file = () => join(documentsDir, 'items.db');
  const open = (definition: CollectionDefinition<Item> = { name: 'items' }) => {
    const store = new NedbStore({ documentsDir });
    stores.push(store);
    return { store, items: store.collection<Item>(definition) };
  };

  beforeEach(async () => {
    documentsDir = await mkdtemp(join(tmpdir(), 'weft-nedb-'));
    stores = [];
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await rm(documentsDir, { recursive: true });
  });

  it('has its documents again after a restart, Dates and changes included', async () => {
    const first = open();
    await first.items.insert({ _id: 'a', at: new Date(5) });
    await first.items.insert({ _id: 'b' });
    await first.items.updateOne({ _id: 'a' }, { $set: { n: 1 } });
    await first.items.deleteMany({ _id: 'b' });
    await first.store.close();
    expect(await open().items.find({})).toEqual([{ _id: 'a', at: new Date(5), n: 1 }]);
  });

  it('has every acknowledged write on disk before it says so', async () => {
    const { items } = open();
    await items.insert({ _id: 'a', n: 1 });
    expect(await readFile(file(), 'utf8')).toContain('{"_id":"a","n":1}\n');
  });

  it('drops the half-written line of a killed process, however small the file', async () => {
    const first = open();
    await first.items.insert({ _id: 'a', n: 1 });
    await first.store.close();
    await appendFile(file(), '{"_id":"b","n":');
    const again = open().items;
    expect(await again.find({})).toEqual([{ _id: 'a', n: 1 }]);
    await again.insert({ _id: 'c' });
    expect(await open().items.count({})).toBe(2);
  });

  it('opens a file that holds nothing but half a line longer than a block', async () => {
    await writeFile(file(), `{"_id":"${'x'.repeat(200_000)}`);
    expect(await open().items.count({})).toBe(0);
  });

  it('refuses a file that is damaged in the middle, and leaves it as it is', async () => {
    const damaged = '{"_id":"a"}\n{"_id":"b"\n{"_id":"c"}\n';
    await writeFile(file(), damaged);
    const { store, items } = open();
    await expect(items.count({})).rejects.toBeInstanceOf(StoreCorruptError);
    await expect(store.ping()).rejects.toThrow('Cannot read items of the embedded store');
    expect(await readFile(file(), 'utf8')).toBe(damaged);
  });

  it('rewrites a file that is mostly out of date', async () => {
    const { store, items } = open();
    await items.insert({ _id: 'a', n: 0 });
    for (let n = 1; n <= 1000; n++) await items.updateOne({ _id: 'a' }, { $set: { n } });
    const { size } = await stat(file());
    await store.maintain();
    expect((await stat(file())).size).toBeLessThan(size / 100);
    expect(await items.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 1000 });
    await store.close();
    expect(await open().items.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 1000 });
  });

  it('follows its declaration when an index is no longer unique', async () => {
    const first = open({ name: 'items', indexes: [{ fields: { code: 1 }, unique: true }] });
    await first.items.insert({ _id: 'a', code: 'x' });
    await expect(first.items.insert({ _id: 'b', code: 'x' })).rejects.toBeInstanceOf(
      DuplicateKeyError,
    );
    await first.store.close();
    const second = open({ name: 'items', indexes: [{ fields: { code: 1 } }] });
    await second.items.insert({ _id: 'b', code: 'x' });
    expect(await second.items.count({ code: 'x' })).toBe(2);
  });

  it('keeps a compound unique index', async () => {
    const indexes = [{ fields: { code: 1, n: 1 } as const, unique: true }];
    const { items } = open({ name: 'items', indexes });
    await items.insert({ _id: 'a', code: 'x', n: 1 });
    await items.insert({ _id: 'b', code: 'x', n: 2 });
    await expect(items.insert({ _id: 'c', code: 'x', n: 1 })).rejects.toBeInstanceOf(
      DuplicateKeyError,
    );
  });

  it('no longer shows what has expired, and deletes it with the next maintenance', async () => {
    const indexes = [{ fields: { at: 1 } as const, expireAfterSeconds: 60 }];
    const { store, items } = open({ name: 'items', indexes });
    await items.insert({ _id: 'old', at: new Date(Date.now() - 61_000) });
    await items.insert({ _id: 'young', at: new Date(Date.now() - 10_000) });
    await items.insert({ _id: 'text', at: '1970-01-01T00:00:00Z' });
    expect((await items.find({}, { sort: { _id: 1 } })).map(({ _id: id }) => id)).toEqual([
      'text',
      'young',
    ]);
    await store.maintain();
    expect(await readFile(file(), 'utf8')).toContain('{"$$deleted":true,"_id":"old"}');
    await items.insert({ _id: 'old' });
  });

  it('finishes the writes under way before it is closed', async () => {
    const { store, items } = open();
    await items.count({});
    const writes = Array.from({ length: 100 }, (_, n) => items.insert({ _id: `i${n}` }));
    await Promise.resolve();
    await store.close();
    const outcomes = await Promise.allSettled(writes);
    const written = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(await open().items.count({})).toBe(written);
  });
});
