import { spawnSync } from 'node:child_process';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  DuplicateKeyError,
  StoreCorruptError,
  StoreUnavailableError,
  type CollectionDefinition,
} from '../../../src/platform/persistence/index.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { waitFor } from '../../support/wait.js';

interface Item {
  _id: string;
  n?: number;
  code?: string;
  at?: Date | string;
  tags?: string[];
  nested?: object;
}

// The superuser may write everywhere.
async function asNobody<T>(task: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return task();
  process.seteuid?.(65_534);
  try {
    return await task();
  } finally {
    process.seteuid?.(0);
  }
}

describe('the embedded document store in a file', () => {
  let documentsDir: string;
  let stores: SqliteStore[];
  const file = () => join(documentsDir, 'documents.sqlite');
  const open = (definition: CollectionDefinition<Item> = { name: 'items' }) => {
    const store = new SqliteStore({ documentsDir });
    stores.push(store);
    return { store, items: store.collection<Item>(definition) };
  };

  const leave = (name: string, ...lines: string[]) =>
    writeFileSync(join(documentsDir, name), lines.join('\n'));

  beforeEach(async () => {
    documentsDir = await mkdtemp(join(tmpdir(), 'weft-sqlite-'));
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

  it('is readable by its user alone', async () => {
    await open().items.insert({ _id: 'a' });
    const modes = readdirSync(documentsDir).map((name) =>
      (statSync(join(documentsDir, name)).mode & 0o777).toString(8),
    );
    expect(new Set(modes)).toEqual(new Set(['600']));
  });

  it('is shared by two stores, each of which sees what the other has written', async () => {
    const [one, other] = [open().items, open().items];
    const writes = Array.from({ length: 200 }, (_, n) =>
      (n % 2 === 0 ? one : other).updateOne({ _id: 'a' }, { $inc: { n: 1 } }, { upsert: true }),
    );
    await Promise.all(writes);
    expect(await one.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 200 });
    expect(await other.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 200 });
  });

  it('keeps the indexes that another store has declared since', async () => {
    const old = open();
    await old.items.insert({ _id: 'a', code: 'x' });
    const indexes = [{ fields: { code: 1 as const }, unique: true, sparse: true }];
    const next = open({ name: 'items', indexes });
    expect(await next.items.count({ code: 'x' })).toBe(1);
    await old.items.insert({ _id: 'b', code: 'y' });
    await old.items.updateOne({ _id: 'a' }, { $set: { code: 'z' } });
    await expect(old.items.insert({ _id: 'c', code: 'z' })).rejects.toBeInstanceOf(
      DuplicateKeyError,
    );
    expect(
      await next.items.find({ code: { $in: ['x', 'y', 'z'] } }, { sort: { code: 1 } }),
    ).toEqual([
      { _id: 'b', code: 'y' },
      { _id: 'a', code: 'z' },
    ]);
  });

  it('finds by what is left when another store has dropped the index it knows', async () => {
    const old = open({ name: 'items', indexes: [{ fields: { code: 1 } }] });
    await old.items.insert({ _id: 'a', code: 'x' });
    expect(await old.items.find({ code: 'x' })).toHaveLength(1);

    await open().items.insert({ _id: 'b', code: 'x' });

    expect(await old.items.find({ code: 'x' })).toHaveLength(2);
    expect(await old.items.count({ code: 'x' })).toBe(2);
    expect(await old.items.updateOne({ code: 'x' }, { $set: { n: 1 } })).toMatchObject({ n: 1 });
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

  it('no longer finds what has expired, and deletes it with the next maintenance', async () => {
    const indexes = [{ fields: { at: 1 } as const, expireAfterSeconds: 60 }];
    const { store, items } = open({ name: 'items', indexes });
    await items.insert({ _id: 'old', at: new Date(Date.now() - 61_000) });
    await items.insert({ _id: 'young', at: new Date(Date.now() - 10_000) });
    await items.insert({ _id: 'text', at: '1970-01-01T00:00:00Z' });
    const ids = ['text', 'young'];
    expect((await items.find({}, { sort: { _id: 1 } })).map(({ _id: id }) => id)).toEqual(ids);
    expect(await items.count({})).toBe(2);
    await store.maintain();
    const raw = open().items;
    expect((await raw.find({}, { sort: { _id: 1 } })).map(({ _id: id }) => id)).toEqual(ids);
  });

  it('deletes only what has expired when another store has dropped the index of its TTL', async () => {
    const indexes = [{ fields: { at: 1 } as const, expireAfterSeconds: 60 }];
    const { store, items } = open({ name: 'items', indexes });
    await items.insert({ _id: 'old', at: new Date(Date.now() - 61_000) });
    await items.insert({ _id: 'young', at: new Date() });
    await items.insert({ _id: 'timeless' });
    const other = open().items;
    expect(await other.count({})).toBe(3);

    await store.maintain();

    expect((await other.find({}, { sort: { _id: 1 } })).map(({ _id: id }) => id)).toEqual([
      'timeless',
      'young',
    ]);
  });

  it('does not warn of a maintenance that its closing has cut short', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const store = new SqliteStore({ documentsDir, maintenanceIntervalMs: 1 });
    for (const name of ['items', 'others']) await store.collection({ name }).count({});
    const other = new DatabaseSync(file());
    other.exec('BEGIN IMMEDIATE');
    await waitFor('the maintenance to wait for its turn', () => existsSync(`${file()}-waiting`));
    const closed = store.close();
    other.exec('COMMIT');
    other.close();
    await closed;
    await nextTurn();
    expect(warned.mock.calls).toEqual([]);
    warned.mockRestore();
  });

  it('keeps documents whose TTL is longer than a Date reaches back', async () => {
    const indexes = [{ fields: { at: 1 } as const, expireAfterSeconds: 1e14 }];
    const { store, items } = open({ name: 'items', indexes });
    await items.insert({ _id: 'old', at: new Date(0) });

    await store.maintain();

    expect(await items.count({})).toBe(1);
  });

  it('makes a unique index over objects that differ', async () => {
    const first = open();
    await first.items.insert({ _id: 'a', nested: { x: 1 } });
    await first.items.insert({ _id: 'b', nested: { x: 2 } });
    await first.store.close();
    const indexes = [{ fields: { nested: 1 as const }, unique: true }];

    const second = open({ name: 'items', indexes });

    const taken = second.items.insert({ _id: 'c', nested: { x: 2 } });
    await expect(taken).rejects.toBeInstanceOf(DuplicateKeyError);
    expect(await second.items.count({})).toBe(2);
  });

  it('refuses writes and pings once its file is deleted, and says what to do', async () => {
    const { store, items } = open();
    await items.insert({ _id: 'a' });
    await rm(file());

    await expect(items.insert({ _id: 'b' })).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(items.updateOne({ _id: 'a' }, { $set: { n: 1 } })).rejects.toThrow(
      /documents\.sqlite are not available: the file was deleted or replaced while this process had it open/,
    );
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('takes the _id and the unique value of an expired document that is not deleted yet', async () => {
    const indexes = [
      { fields: { at: 1 } as const, expireAfterSeconds: 60 },
      { fields: { code: 1 } as const, unique: true, sparse: true },
    ];
    const { items } = open({ name: 'items', indexes });
    const at = new Date(Date.now() - 61_000);
    await items.insert({ _id: 'a', at });
    await items.insert({ _id: 'b', at, code: 'x' });
    await items.insert({ _id: 'a', n: 1 });
    await items.insert({ _id: 'c', code: 'x' });
    expect(await items.count({})).toBe(2);
  });

  it('finishes the writes in flight before it is closed', async () => {
    const { store, items } = open();
    await items.count({});
    const writes = Array.from({ length: 100 }, (_, n) => items.insert({ _id: `i${n}` }));
    await Promise.resolve();
    await store.close();
    const outcomes = await Promise.allSettled(writes);
    const written = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(await open().items.count({})).toBe(written);
  });

  it('lets timers fire while one caller reads and writes without a pause', async () => {
    const { items } = open();
    let fired = 0;
    const timer = setInterval(() => fired++, 1);
    for (let n = 0; n < 500; n++) {
      await items.insert({ _id: `i${n}` });
      await items.findOne({ _id: `i${n}` });
    }
    clearInterval(timer);
    expect(fired).toBeGreaterThan(0);
  });

  it('refuses a file that is no database, and leaves it as it is', async () => {
    writeFileSync(file(), 'not a database, but long enough to be looked at as one '.repeat(20));
    const { store } = open();
    await expect(store.open()).rejects.toBeInstanceOf(StoreCorruptError);
    await expect(store.open()).rejects.toThrow(`The documents in ${file()} are damaged`);
    expect(readFileSync(file(), 'utf8')).toContain('not a database');
  });

  it('refuses a file that a later version has written', async () => {
    const first = open();
    await first.store.open();
    await first.store.close();
    const database = new DatabaseSync(file());
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(open().store.open()).rejects.toThrow('were written by a later version of Weft');
  });

  describe('over a folder that this user may not write to', () => {
    it('says at start which file it is and what to do', async () => {
      await chmod(documentsDir, 0o555);
      const failure = asNobody(() => open().store.open());
      await expect(failure).rejects.toBeInstanceOf(StoreUnavailableError);
      await expect(failure).rejects.toThrow(
        /documents\.sqlite are not available: it cannot be opened for writing\. Give this user/,
      );
      await chmod(documentsDir, 0o700);
    });

    it('says so as well where the folder itself cannot be made', async () => {
      writeFileSync(join(documentsDir, 'in-the-way'), '');
      const store = new SqliteStore({
        documentsDir: join(documentsDir, 'in-the-way', 'documents'),
      });
      stores.push(store);
      await expect(store.open()).rejects.toBeInstanceOf(StoreUnavailableError);
      await expect(store.open()).rejects.toThrow('it cannot be opened for writing');
    });

    it('opens at the next attempt once the folder may be written to', async () => {
      await chmod(documentsDir, 0o555);
      const { store, items } = open();
      await expect(asNobody(() => store.open())).rejects.toBeInstanceOf(StoreUnavailableError);
      await chmod(documentsDir, 0o700);
      await items.insert({ _id: 'a' });
      expect(await items.count({})).toBe(1);
    });
  });

  it('refuses writes a full disk has no room for, keeps nothing of them and takes them later', async () => {
    const child = join(import.meta.dirname, 'full-disk.child.ts');
    const hooks = join(import.meta.dirname, '../../support/ts-hooks.js');
    // Files of at most 2 MiB stand for the disk; the signal that says so must not end the process.
    const limited = `trap '' XFSZ; ulimit -f 4096; exec "$0" --import "$1" "$2" "$3"`;
    const ran = spawnSync('sh', ['-c', limited, process.execPath, hooks, child, documentsDir], {
      encoding: 'utf8',
    });
    expect(ran.stderr).toBe('');
    const said: { stored: string[]; refused: string[]; found: string[]; code: string } = JSON.parse(
      ran.stdout,
    );
    expect(said.refused.length).toBeGreaterThan(0);
    expect(said.code).toBe('WEFT_STORE_UNAVAILABLE');
    expect(said.found).toEqual(said.stored);

    const { items } = open({ name: 'items', indexes: [{ fields: { tags: 1 } }] });
    expect((await items.find({})).map(({ _id: id }) => id)).toEqual(said.stored);
    for (const id of said.refused) await items.insert({ _id: id, tags: ['later'] });
    expect(await items.count({ tags: 'later' })).toBe(said.refused.length);
  });

  describe('over the files of nedb', () => {
    it('takes their documents over once, and renames the files', async () => {
      leave(
        'items.db',
        '{"_id":"a","n":1}',
        '{"$$indexCreated":{"fieldName":"code","unique":true,"sparse":false}}',
        '{"_id":"b","at":{"$$date":5},"tags":["x"]}',
        '{"_id":"a","n":2}',
        '{"_id":"c"}',
        '{"$$deleted":true,"_id":"c"}',
        '',
      );
      leave('others.db', '{"_id":"o"}', '');
      const indexes = [{ fields: { tags: 1 as const } }];
      const { store, items } = open({ name: 'items', indexes });
      expect(await items.find({}, { sort: { _id: 1 } })).toEqual([
        { _id: 'a', n: 2 },
        { _id: 'b', at: new Date(5), tags: ['x'] },
      ]);
      expect(await items.count({ tags: 'x' })).toBe(1);
      expect(await store.collection<Item>({ name: 'others' }).count({})).toBe(1);
      expect(readdirSync(documentsDir)).toEqual(
        expect.arrayContaining(['items.db.migrated', 'others.db.migrated']),
      );
      await items.updateOne({ _id: 'a' }, { $set: { n: 3 } });
      await store.close();
      // As if the process had been killed before it renamed the file.
      renameSync(join(documentsDir, 'items.db.migrated'), join(documentsDir, 'items.db'));
      expect(await open().items.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 3 });
    });

    it('adds them to the documents and indexes that are there, and keeps both files of two upgrades', async () => {
      const indexes = [{ fields: { code: 1 as const } }];
      const first = open({ name: 'items', indexes });
      await first.items.insert({ _id: 'a', code: 'x' });
      await first.store.close();
      for (const code of ['y', 'z']) {
        // As an earlier version of Weft leaves it that was started once more.
        leave('items.db', JSON.stringify({ _id: code, code }), '{"_id":"a","code":"changed"}', '');
        const { store, items } = open({ name: 'items', indexes });
        expect(await items.findOne({ code })).toEqual({ _id: code, code });
        expect(await items.findOne({ code: 'changed' })).toEqual({ _id: 'a', code: 'changed' });
        expect(await items.count({ code: 'x' })).toBe(0);
        await store.close();
      }
      expect(readdirSync(documentsDir)).toEqual(
        expect.arrayContaining(['items.db.migrated', 'items.db.migrated.2']),
      );
    });

    it('keeps a lone surrogate as every store does, so that it is found', async () => {
      leave('items.db', '{"_id":"a","code":"\\ud800"}', '');
      expect(await open().items.findOne({ code: '\ud800' })).toEqual({ _id: 'a', code: '\ufffd' });
    });

    it('drops the half-written line of a killed process', async () => {
      leave('items.db', '{"_id":"a","n":1}', '{"_id":"b","n":');
      expect(await open().items.find({})).toEqual([{ _id: 'a', n: 1 }]);
    });

    it('takes lines that are longer than a block', async () => {
      const code = 'ü'.repeat(300_000);
      leave('items.db', JSON.stringify({ _id: 'a', code }), JSON.stringify({ _id: 'b' }), '');
      expect(await open().items.find({}, { sort: { _id: 1 } })).toEqual([
        { _id: 'a', code },
        { _id: 'b' },
      ]);
    });

    it('reads the file that nedb was writing when it was killed', async () => {
      leave('items.db~', '{"_id":"a"}', '');
      expect(await open().items.count({})).toBe(1);
    });

    it('refuses a file that is damaged in the middle, and takes over nothing of it', async () => {
      const lines = ['{"_id":"a"}', '{"_id":"b"', '{"_id":"c"}', ''];
      leave('items.db', ...lines);
      const { store, items } = open();
      await expect(store.open()).rejects.toBeInstanceOf(StoreCorruptError);
      await expect(items.count({})).rejects.toThrow('is damaged in line 2');
      expect(readFileSync(join(documentsDir, 'items.db'), 'utf8')).toBe(lines.join('\n'));
      await rm(join(documentsDir, 'items.db'));
      expect(await items.count({})).toBe(0);
    });
  });
});
