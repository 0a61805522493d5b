import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDocumentStore } from '../../../src/platform/persistence/index.js';
import { createSessions, times } from './sessions.fixture.js';
import { appendByMany } from './support/append-by-many.js';

const PROCESSES = 8;
const APPENDS = 500;

describe('Messages that many processes append to one agent', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-appends-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are numbered without gaps, each stored once, and those of a process stay in order', async () => {
    const { ids, texts } = await appendByMany(
      { kind: 'embedded', documentsDir: folder },
      { processes: PROCESSES, appends: APPENDS },
    );
    expect(ids).toEqual(times(PROCESSES * APPENDS, (n) => n));
    for (const n of times(PROCESSES, (index) => index)) {
      const own = texts.filter((text) => text.startsWith(`p${n} `));
      expect(own).toEqual(times(APPENDS, (index) => `p${n} ${index}`));
    }
  });

  it('read a page of 50 from 200 MB as from few', async () => {
    const store = await createDocumentStore({ kind: 'embedded', documentsDir: folder });
    const { service } = await createSessions({}, store);
    await service.create({ session_id: 'large' });
    await service.putAgent('large', 'a', {});
    const text = 'x'.repeat(98_000);
    const message = {
      message: { role: 'user', content: [{ text }] },
      redact_message: null,
      event_loop_metrics: null,
    };
    const batch = times(100, () => message);
    for (let n = 0; n < 21; n++) await service.appendMessages('large', 'a', batch);
    const { total_messages } = await service.messages('large', 'a', { last: 1 });
    expect(total_messages).toBe(2100);
    const page = await service.messages('large', 'a', { offset: 1000, limit: 40 });
    expect(page.messages.map(({ message_id }) => message_id)).toEqual(
      times(40, (index) => 1000 + index),
    );
    await store.close();
  });
});
