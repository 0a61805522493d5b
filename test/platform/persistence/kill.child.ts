import { writeSync } from 'node:fs';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';

// Writes until it is killed, and says what was acknowledged: one line a write.
const [, , documentsDir = '', run = ''] = process.argv;
const store = new SqliteStore({ documentsDir });
const items = store.collection<{ _id: string; n: number; tags: string[] }>({
  name: 'items',
  indexes: [{ fields: { tags: 1 } }, { fields: { n: 1 } }],
});
async function write(writer: number): Promise<never> {
  for (let n = 0; ; n++) {
    const id = `${run}-${writer}-${n}`;
    await items.insert({ _id: id, n, tags: [id, `writer ${writer}`] });
    writeSync(1, `+${id}\n`);
    await items.updateOne({ _id: `counter ${writer}` }, { $inc: { n: 1 } }, { upsert: true });
    writeSync(1, `${writer}\n`);
  }
}
await Promise.all([0, 1, 2].map(write));
