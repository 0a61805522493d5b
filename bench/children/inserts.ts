import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import nedbModule from '@seald-io/nedb';
import { createDocumentStore } from 'weft/persistence';

export interface InsertsAssignment {
  readonly contender: InsertsContender;
  readonly documents: number;
  readonly folder: string;
}

export type InsertsContender = 'weft' | 'nedb' | 'by hand';

/** Microseconds of CPU and of time for each document. */
export interface InsertsCost {
  readonly cpuUs: number;
  readonly us: number;
}

export type InsertsFigures = Readonly<Record<'oneByOne' | 'atOnce' | 'bulk', InsertsCost>>;

interface Item {
  readonly _id: string;
  readonly group: string;
  readonly created_at: string;
  readonly tags: string[];
  readonly text: string;
}

/** What a contender does: a document at a time, and many as its user would hand them over. */
interface Contender {
  insert(document: Item): unknown;
  insertMany(documents: Item[]): unknown;
  close(): unknown;
}

// It is a CommonJS module, whose types are those of an ES module.
const Datastore = nedbModule as unknown as typeof nedbModule.default;

const AT_ONCE = 50;
const BULK = 1000;

const item = (n: number): Item => ({
  _id: `item-${n}`,
  group: `group-${n % 1000}`,
  created_at: new Date(1.7e12 + n).toISOString(),
  tags: [`tag-${n % 500}`],
  text: 'x'.repeat(150),
});

async function weft(folder: string): Promise<Contender> {
  const store = await createDocumentStore({ kind: 'embedded', documentsDir: folder });
  const items = store.collection<Item>({
    name: 'items',
    indexes: [{ fields: { group: 1 } }, { fields: { created_at: 1 } }, { fields: { tags: 1 } }],
  });
  await store.open();
  return {
    insert: (document) => items.insert(document),
    insertMany: (documents) => items.insertMany(documents),
    close: () => store.close(),
  };
}

async function nedb(folder: string): Promise<Contender> {
  const items = new Datastore<Item>({ filename: join(folder, 'items.db'), autoload: true });
  for (const fieldName of ['group', 'created_at', 'tags'])
    await items.ensureIndexAsync({ fieldName });
  return {
    insert: (document) => items.insertAsync(document),
    insertMany: (documents) => items.insertAsync(documents),
    close: () => undefined,
  };
}

/** The least that SQLite can do: JSON in a row, the same three indexes over its fields, a transaction a call. */
function byHand(folder: string): Contender {
  const database = new DatabaseSync(join(folder, 'items.sqlite'));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE items (id TEXT PRIMARY KEY, body TEXT NOT NULL);
    CREATE INDEX by_group ON items (body ->> 'group');
    CREATE INDEX by_created_at ON items (body ->> 'created_at');
    CREATE INDEX by_tags ON items (body ->> 'tags')`);
  const statement = database.prepare('INSERT INTO items VALUES (?, ?)');
  const insert = (document: Item): void => {
    const { _id: id } = document;
    statement.run(id, JSON.stringify(document));
  };
  return {
    insert,
    insertMany: (documents) => {
      database.exec('BEGIN');
      documents.forEach(insert);
      database.exec('COMMIT');
    },
    close: () => database.close(),
  };
}

const CONTENDERS = { weft, nedb, 'by hand': byHand };

async function costOf(documents: number, work: () => Promise<void>): Promise<InsertsCost> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return {
    cpuUs: (user + system) / documents,
    us: ((performance.now() - startedMs) * 1000) / documents,
  };
}

const [{ contender, documents, folder }] = (await once(process, 'message')) as [InsertsAssignment];
const into = await CONTENDERS[contender](folder);
let next = 0;
const some = (count: number): Item[] => Array.from({ length: count }, () => item(next++));
const figures: InsertsFigures = {
  oneByOne: await costOf(documents, async () => {
    for (let n = 0; n < documents; n++) await into.insert(item(next++));
  }),
  atOnce: await costOf(documents, async () => {
    for (let n = 0; n < documents; n += AT_ONCE)
      await Promise.all(some(AT_ONCE).map((document) => into.insert(document)));
  }),
  bulk: await costOf(documents, async () => {
    for (let n = 0; n < documents; n += BULK) await into.insertMany(some(BULK));
  }),
};
await into.close();
process.send?.(figures);
