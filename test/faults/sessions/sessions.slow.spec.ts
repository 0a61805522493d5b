import { describe, expect, it } from '@jest/globals';
import { SESSIONS_ROWS } from './rows.js';
import { runSessionsRow } from './run-row.js';

const IN_SMALL = { changes: 400, share: 0.1 };

describe('Every change of a session is announced, in order', () => {
  it.each(SESSIONS_ROWS.map((row) => [row.name, row] as const))(
    'when this goes wrong: %s',
    async (_name, row) => {
      const { written, lost, outOfOrder, kills } = await runSessionsRow(row, IN_SMALL);
      expect({ lost, outOfOrder }).toEqual({ lost: 0, outOfOrder: 0 });
      // A process that was killed may have written a change that it did not live to tell of.
      expect(written).toBeGreaterThanOrEqual(IN_SMALL.changes * 0.9);
      expect(kills).toBeGreaterThanOrEqual(row.kills === undefined ? 0 : 1);
    },
  );
});
