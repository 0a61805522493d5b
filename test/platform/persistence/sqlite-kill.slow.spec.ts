import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';

const KILLS = 30;

describe('the embedded document store under kill -9', () => {
  it(`loses no acknowledged write in ${KILLS} kills in the middle of writes`, async () => {
    const documentsDir = await mkdtemp(join(tmpdir(), 'weft-kill-'));
    const inserted: string[] = [];
    const counted = [0, 0, 0];
    for (let run = 0; run < KILLS; run++) {
      const lines = await killedAfter(100 + run * 7, documentsDir, run);
      for (const line of lines) {
        if (line.startsWith('+')) inserted.push(line.slice(1));
        else counted[Number(line)] = (counted[Number(line)] ?? 0) + 1;
      }
    }
    const store = new SqliteStore({ documentsDir });
    const items = store.collection<{ _id: string; n: number; tags: string[] }>({
      name: 'items',
      indexes: [{ fields: { tags: 1 } }, { fields: { n: 1 } }],
    });
    const missing = [];
    for (const id of inserted) if ((await items.count({ tags: id })) !== 1) missing.push(id);
    expect(missing).toEqual([]);
    for (const [writer, least] of counted.entries()) {
      const counter = await items.findOne({ _id: `counter ${writer}` });
      // A write may be there whose acknowledgement the kill cut off.
      expect(counter?.n).toBeGreaterThanOrEqual(least);
      expect(counter?.n).toBeLessThanOrEqual(least + KILLS);
    }
    expect(inserted.length).toBeGreaterThan(KILLS);
    await store.close();
    await rm(documentsDir, { recursive: true });
  });
});

/** What the child said until it was killed, after so many lines. */
async function killedAfter(lines: number, documentsDir: string, run: number): Promise<string[]> {
  const hooks = join(import.meta.dirname, '../../support/ts-hooks.js');
  const file = join(import.meta.dirname, 'kill.child.ts');
  const child = spawn(process.execPath, ['--import', hooks, file, documentsDir, String(run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  }
  return said;
}
