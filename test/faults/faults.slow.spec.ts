import { describe, expect, it } from '@jest/globals';
import type { Row, RowOptions } from './row.js';
import { ROWS } from './rows.js';
import { runRow } from './run-row.js';
import { broken } from './table.js';

// `npm run test:faults -- --messages 100000` is the same in full.
const SMALL: RowOptions = { messages: 200, killShare: 0, store: false, visibilityTimeoutS: 2 };

describe.each([false, true])(
  'nothing is lost or acknowledged unhandled (store: %p), while',
  (store) => {
    it.concurrent.each(ROWS.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
      expect(broken(row, await runRow(row, { ...SMALL, store }))).toEqual([]);
    });
  },
);

it('a message that is acknowledged without being handled is found out', async () => {
  const row: Row = {
    name: 'a handler that forgets every tenth',
    work: (handled) => (job) => {
      if (job % 10 > 0) handled(job);
    },
  };
  expect(broken(row, await runRow(row, { ...SMALL, messages: 20, patienceMs: 3000 }))).toEqual([
    '2 are lost',
    '2 were acknowledged without being handled',
  ]);
});

it('a group that is handled out of order is found out', async () => {
  const row: Row = {
    name: 'a handler that counts its first job last',
    work: (handled) => (job) => {
      if (job > 0) handled(job);
      if (job === 19) handled(0);
    },
    groups: 1,
  };
  expect(broken(row, await runRow(row, { ...SMALL, messages: 20 }))).toEqual([
    '1 were handled out of order',
  ]);
});
