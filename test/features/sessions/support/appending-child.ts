// Appends messages to one session, beside other processes that do the same:
//   node --import ./test/support/ts-hooks.js appending-child.ts STORE NAME COUNT
import 'reflect-metadata';
import {
  createDocumentStore,
  type PersistenceOptions,
} from '../../../../src/platform/persistence/index.js';
import { createSessions, message } from '../sessions.fixture.js';

const [options = '', name = '', count = '0'] = process.argv.slice(2);
const store = await createDocumentStore(JSON.parse(options) as PersistenceOptions);
const { service } = await createSessions({}, store);
for (let n = 0; n < Number(count); n++) {
  await service.appendMessages('s', 'a', [message(`${name} ${n}`)], `${name} ${n}`);
}
await store.close();
