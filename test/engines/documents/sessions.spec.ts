import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  createDocumentStore,
  type DocumentStore,
  type PersistenceOptions,
} from '../../../src/platform/persistence/index.js';
import { storesFrom, times } from '../../features/sessions/sessions.fixture.js';
import { appendByMany } from '../../features/sessions/support/append-by-many.js';
import { addressOf } from '../engine.js';

const PROCESSES = 8;
const APPENDS = 100;
const TIME_LIMIT_MS = 240_000;

const opened: DocumentStore[] = [];
const newDatabase = (): PersistenceOptions => ({
  kind: 'mongodb',
  uri: addressOf('mongo-java-server'),
  databaseName: `weft-sessions-${process.pid}-${randomUUID().slice(0, 8)}`,
});

storesFrom(async () => {
  const store = await createDocumentStore(newDatabase());
  opened.push(store);
  return store;
});
afterAll(() => Promise.all(opened.map((store) => store.close())));

// The suites that run over the embedded store, once more over MongoDB.
for (const suite of [
  'agents/agents.spec.js',
  'messages/messages.spec.js',
  'sessions.service.spec.js',
  'stream/session-event-hub.spec.js',
]) {
  await import(`../../features/sessions/${suite}`);
}

describe('Messages that many processes append to one agent over MongoDB', () => {
  it(
    'are numbered without gaps, each stored once, and those of a process stay in order',
    async () => {
      const { ids, texts } = await appendByMany(newDatabase(), {
        processes: PROCESSES,
        appends: APPENDS,
      });
      expect(ids).toEqual(times(PROCESSES * APPENDS, (n) => n));
      for (const n of times(PROCESSES, (index) => index)) {
        const own = texts.filter((text) => text.startsWith(`p${n} `));
        expect(own).toEqual(times(APPENDS, (index) => `p${n} ${index}`));
      }
    },
    TIME_LIMIT_MS,
  );
});
