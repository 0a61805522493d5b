import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createDocumentStore, type CollectionDefinition } from 'weft/persistence';

export interface DocumentsAssignment {
  /** How many to fill the store with; 0: it is filled, and is used. */
  readonly documents: number;
  readonly documentsDir: string;
}

export interface DocumentsFilled {
  readonly insertsPerSecond: number;
  readonly parallelInsertsPerSecond: number;
}

export interface DocumentsUsed {
  readonly readUs: number;
  readonly pushUs: number;
  readonly openMs: number;
  readonly rssBytes: number;
  readonly fileBytes: number;
}

interface Item {
  _id: string;
  group: string;
  created_at: string;
  tags: string[];
  text: string;
}

const ITEMS: CollectionDefinition<Item> = {
  name: 'items',
  indexes: [
    { fields: { group: 1, created_at: -1 } },
    { fields: { created_at: -1 } },
    { fields: { tags: 1 } },
  ],
};
/** Measured before and after the bulk, so that a larger store is measured as such. */
const MEASURED = 5000;
const AT_ONCE = 50;
const PUSHES = 1000;

const item = (n: number): Item => ({
  _id: `item-${n}`,
  group: `group-${n % 1000}`,
  created_at: new Date(1.7e12 + n).toISOString(),
  tags: [`tag-${n % 500}`],
  text: 'x'.repeat(150),
});

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** In the process that fills the store. */
async function fill(documents: number, documentsDir: string): Promise<DocumentsFilled> {
  const store = await createDocumentStore({ kind: 'embedded', documentsDir });
  const items = store.collection(ITEMS);
  const bulk = Math.max(0, documents - 2 * MEASURED);
  for (let start = 0; start < bulk; start += 10_000) {
    const many = Array.from({ length: Math.min(10_000, bulk - start) }, (_, n) => item(start + n));
    await items.insertMany(many);
    if (start % 100_000 === 0) process.send?.({ filled: start });
  }
  const oneByOneMs = await timed(async () => {
    for (let n = 0; n < MEASURED; n++) await items.insert(item(bulk + n));
  });
  const parallelMs = await timed(async () => {
    for (let n = 0; n < MEASURED; n += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, i) => bulk + MEASURED + n + i);
      await Promise.all(some.map((id) => items.insert(item(id))));
    }
  });
  await store.close();
  return {
    insertsPerSecond: (MEASURED * 1000) / oneByOneMs,
    parallelInsertsPerSecond: (MEASURED * 1000) / parallelMs,
  };
}

/** In a process that finds the store filled, so that what it holds is what the store takes. */
async function use(documentsDir: string): Promise<DocumentsUsed> {
  const store = await createDocumentStore({ kind: 'embedded', documentsDir });
  const items = store.collection(ITEMS);
  const openMs = await timed(async () => {
    await store.open();
    await items.findOne({ _id: 'item-7' });
  });
  const readMs = await timed(async () => {
    for (let n = 0; n < MEASURED; n++) {
      await items.find(
        { group: `group-${(n * 7) % 1000}` },
        { sort: { created_at: -1 }, limit: 1 },
      );
    }
  });
  globalThis.gc?.();
  const rssBytes = process.memoryUsage.rss();
  const pushMs = await timed(async () => {
    for (let n = 0; n < PUSHES; n++) {
      await items.updateOne({ _id: 'item-1' }, { $push: { tags: `pushed-${n}` } });
    }
  });
  await store.close();
  const files = await readdir(documentsDir);
  const sizes = await Promise.all(
    files.map(async (name) => (await stat(join(documentsDir, name))).size),
  );
  return {
    readUs: (readMs * 1000) / MEASURED,
    pushUs: (pushMs * 1000) / PUSHES,
    openMs,
    rssBytes,
    fileBytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

const [{ documents, documentsDir }] = (await once(process, 'message')) as [DocumentsAssignment];
process.send?.(documents === 0 ? await use(documentsDir) : await fill(documents, documentsDir));
