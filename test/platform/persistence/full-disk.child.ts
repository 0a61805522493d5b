import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { WeftError } from '../../../src/transport/errors/index.js';

// Inserts until nothing more fits, and says what was stored, what was refused and what is there.
const [, , documentsDir = ''] = process.argv;
const store = new SqliteStore({ documentsDir });
const items = store.collection<{ _id: string; tags: string[] }>({
  name: 'items',
  indexes: [{ fields: { tags: 1 } }],
});
const stored: string[] = [];
const refused: string[] = [];
let code = '';
for (let n = 0; n < 200 && refused.length < 5; n++) {
  const id = `d${String(n).padStart(3, '0')}`;
  try {
    await items.insert({ _id: id, tags: [id, 'x'.repeat(50_000)] });
    stored.push(id);
  } catch (error) {
    refused.push(id);
    code = error instanceof WeftError ? error.code : String(error);
  }
}
const found = (await items.find({})).map(({ _id: id }) => id);
process.stdout.write(JSON.stringify({ stored, refused, found, code }));
