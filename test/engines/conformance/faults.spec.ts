import { afterAll, describe, expect } from '@jest/globals';
import { TestBroker } from '../../../src/testing/index.js';
import type { RowOptions } from '../../faults/row.js';
import { ROWS } from '../../faults/rows.js';
import { runRow } from '../../faults/run-row.js';
import { broken } from '../../faults/table.js';
import { clientOptions, engineName, shows } from '../engine.js';

/** `WEFT_MESSAGES=10000` runs them in full, and prints what it found. */
const MESSAGES = Number(process.env['WEFT_MESSAGES'] ?? 200);
const OPTIONS: RowOptions = {
  messages: MESSAGES,
  killShare: 0,
  store: false,
  visibilityTimeoutS: 5,
};
/** A request that is not answered is told so after a minute, and a row is patient for two. */
const TIME_LIMIT_MS = 300_000 + 50 * MESSAGES;

/** Rows of the fault table that no other suite has over engines; leases.spec.ts has the rest. */
const OVER_ENGINES = [
  'requests and their answers',
  'answers lost after the effect',
  'clocks of two consumers',
  'clock of a consumer that is set',
];

const open = (): Promise<TestBroker> => Promise.resolve(TestBroker.at(clientOptions()));
const found: string[] = [];
afterAll(() => {
  if (process.env['WEFT_MESSAGES']) process.stderr.write(`${found.join('\n')}\n`);
});

describe('The fault table', () => {
  for (const row of ROWS.filter(({ name }) => OVER_ENGINES.some((one) => name.startsWith(one)))) {
    shows(
      `nothing is lost, acknowledged unhandled or answered wrongly, while: ${row.name}`,
      ['standsApart', 'realTime', ...(row.once === true ? (['receivedOnce'] as const) : [])],
      async () => {
        const result = await runRow(row, OPTIONS, open);
        const { sent, struck, handled, repeats, unanswered, seconds } = result;
        found.push(
          `${engineName}: ${row.name}: ${JSON.stringify({ sent, struck, handled, repeats, unanswered, seconds: Math.round(seconds) })}`,
        );
        expect(broken(row, result)).toEqual([]);
      },
      TIME_LIMIT_MS,
    );
  }
});
