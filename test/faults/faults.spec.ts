import { describe, expect, it } from '@jest/globals';
import { ROWS } from './rows.js';
import { runRow } from './run-row.js';
import { broken } from './table.js';

// `npm run test:faults -- --messages 100000` is the same in full.
const MESSAGES = 200;
const TIME_LIMIT_MS = 60_000;

describe.each([false, true])(
  'nothing is lost or acknowledged unhandled (store: %p), while',
  (store) => {
    it.each(ROWS.map((row) => [row.name, row] as const))(
      '%s',
      async (_name, row) => {
        const result = await runRow(row, { messages: MESSAGES, killShare: 0, store });
        expect(broken(row, result)).toEqual([]);
      },
      TIME_LIMIT_MS,
    );
  },
);

it('a message that is acknowledged without being handled is found out', async () => {
  const row = {
    name: 'a handler that forgets every tenth',
    work: (handled: (job: number) => void) => (job: number) => {
      if (job % 10 > 0) handled(job);
    },
  };
  const options = { messages: 20, killShare: 0, store: false, patienceMs: 1000 };
  expect(broken(row, await runRow(row, options))).toEqual([
    '2 are lost',
    '2 were acknowledged without being handled',
  ]);
});
