// Appends messages to one session, beside other processes that do the same:
//   node --import ./test/support/ts-hooks.js appending-child.ts DIR NAME COUNT
import 'reflect-metadata';
import { createDocumentStore } from '../../../../src/platform/persistence/index.js';
import { createSessions, message } from '../sessions.fixture.js';

const [documentsDir = '', name = '', count = '0'] = process.argv.slice(2);
const store = await createDocumentStore({ kind: 'embedded', documentsDir });
const { service } = await createSessions({}, store);
for (let n = 0; n < Number(count); n++) {
  await service.appendMessages('s', 'a', [message(`${name} ${n}`)], `${name} ${n}`);
}
await store.close();
