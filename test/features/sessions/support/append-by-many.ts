import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  createDocumentStore,
  type PersistenceOptions,
} from '../../../../src/platform/persistence/index.js';
import { createSessions, times } from '../sessions.fixture.js';

const HOOKS = fileURLToPath(new URL('../../../support/ts-hooks.js', import.meta.url));
const CHILD = fileURLToPath(new URL('appending-child.ts', import.meta.url));
const PAGE = 1000;

/** What an agent has when so many processes have each appended so many messages to it. */
export async function appendByMany(
  options: PersistenceOptions,
  { processes, appends }: { readonly processes: number; readonly appends: number },
): Promise<{ readonly ids: readonly number[]; readonly texts: readonly string[] }> {
  const store = await createDocumentStore(options);
  const { service } = await createSessions({}, store);
  await service.create({ session_id: 's' });
  await service.putAgent('s', 'a', {});
  await Promise.all(
    times(processes, (n) =>
      promisify(execFile)(
        process.execPath,
        ['--import', HOOKS, CHILD, JSON.stringify(options), `p${n}`, String(appends)],
        { env: { ...process.env, NODE_OPTIONS: '' } },
      ),
    ),
  );
  const ids: number[] = [];
  const texts: string[] = [];
  let offset: number | null = 0;
  while (offset !== null) {
    const page = await service.messages('s', 'a', { offset, limit: PAGE });
    for (const { message_id, message } of page.messages) {
      ids.push(message_id);
      const [content] = message['content'] as { text: string }[];
      texts.push(content?.text ?? '');
    }
    offset = page.next_offset;
  }
  await store.close();
  return { ids, texts };
}
