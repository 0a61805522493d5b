import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { WriteTurns } from '../../../src/platform/persistence/sqlite/write.turns.js';
import { waitFor } from '../../support/wait.js';

let dir: string;
let nowMs: number;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weft-turns-'));
  nowMs = 1_800_000_000_000;
});
afterEach(() => rm(dir, { recursive: true }));

const process = (): WriteTurns => new WriteTurns(join(dir, 'waiting'), () => nowMs);
const tickets = (): Promise<string[]> => readdir(join(dir, 'waiting'));

describe('the turns of processes that write to one file', () => {
  it('go by the time since which each waits, and a process that does not wait comes last', () => {
    const [first, second, third] = [process(), process(), process()];
    first.wait();
    nowMs += 1;
    second.wait();
    expect([first, second, third].map((one) => one.ahead())).toEqual([0, 1, 2]);
    first.leave();
    nowMs += 50;
    first.wait();
    expect([first, second, third].map((one) => one.ahead())).toEqual([1, 0, 2]);
    second.leave();
    first.leave();
    nowMs += 50;
    expect([first, second, third].map((one) => one.ahead())).toEqual([0, 0, 0]);
  });

  it('are looked for every 50 ms by a process that writes without a pause, also after its clock was set back', () => {
    const [writing, waiting] = [process(), process()];
    expect(writing.ahead()).toBe(0);
    waiting.wait();
    nowMs += 49;
    waiting.wait();
    expect(writing.ahead()).toBe(0);
    nowMs += 1;
    expect(writing.ahead()).toBe(1);
    nowMs -= 3_600_000;
    waiting.wait();
    expect(writing.ahead()).toBe(1);
  });

  it('pass over a process that stands still, and come back to it when it says that it still waits', async () => {
    const [still, other] = [process(), process()];
    still.wait();
    nowMs += 501;
    expect(other.ahead()).toBe(0);
    still.wait();
    nowMs += 50;
    expect(other.ahead()).toBe(1);
    nowMs += 60_001;
    expect(other.ahead()).toBe(0);
    expect(await tickets()).toEqual([]);
    still.wait();
    expect([still.ahead(), other.ahead()]).toEqual([0, 0]);
    nowMs += 50;
    expect(other.ahead()).toBe(1);
  });

  it('do not matter where no ticket can be written', () => {
    const turns = new WriteTurns('/proc/weft/waiting');
    turns.wait();
    expect(turns.ahead()).toBe(0);
    turns.leave();
  });
});

describe('an embedded store whose file another process keeps', () => {
  it('waits with a ticket to write, and gives it up when it has written', async () => {
    const stores = [1, 2].map(() => new SqliteStore({ documentsDir: dir }));
    const collections = stores.map((store) => store.collection<{ _id: string }>({ name: 'items' }));
    for (const items of collections) await items.count({});
    const other = new DatabaseSync(join(dir, 'documents.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    const writes = collections.map((items, n) => items.insert({ _id: `${n}` }));
    const waiting = join(dir, 'documents.sqlite-waiting');
    await waitFor('two tickets', async () => (await readdir(waiting)).length === 2);
    other.exec('COMMIT');
    other.close();
    await Promise.all(writes);
    expect(await readdir(waiting)).toEqual([]);
    expect(await collections[0]?.count({})).toBe(2);
    for (const store of stores) await store.close();
  });

  it('waits to open it, as for a process that creates the file at the same time', async () => {
    const other = new DatabaseSync(join(dir, 'documents.sqlite'));
    other.exec('BEGIN EXCLUSIVE');
    const store = new SqliteStore({ documentsDir: dir });
    const opening = store.open();
    other.exec('COMMIT');
    other.close();
    await expect(opening).resolves.toBeUndefined();
    await store.close();
  });
});
