// npm run test:faults [-- --messages 100000] [-- --row TEXT]
// Runs the fault table in full and puts it into docs/reliability.md; with --row only the rows whose name
// holds the text, and nothing is written.
import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { broken, sectionOf, tableOf, withSection } from './table.js';
import type { RowResult } from './row.js';
import { ROWS } from './rows.js';
import { runRow } from './run-row.js';

const DOCUMENT = new URL('../../docs/reliability.md', import.meta.url);
const DEFAULT_MESSAGES = '10000';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: DEFAULT_MESSAGES },
    row: { type: 'string' },
  },
});
const messages = Number(values.messages);
if (!Number.isInteger(messages) || messages < 1) {
  process.stderr.write(`--messages is a whole number from 1, not ${values.messages}\n`);
  process.exit(1);
}

// Each retry is a warning, and here there are thousands.
Logger.overrideLogger(false);
const faults: string[] = [];
const pairs: (readonly [RowResult, RowResult])[] = [];
for (const row of ROWS.filter(({ name }) => name.includes(values.row ?? ''))) {
  const runs: RowResult[] = [];
  for (const store of [false, true]) {
    const result = await runRow(row, { messages, killShare: 1, store });
    runs.push(result);
    const found = broken(row, result);
    faults.push(...found.map((fault) => `${row.name}${store ? ', with a store' : ''}: ${fault}`));
    process.stderr.write(
      `${row.name}${store ? ', with a store' : ''}: ${found.join(', ') || 'kept'}, ${result.repeats} handled again, ${result.seconds.toFixed(1)} s\n`,
    );
  }
  const [without, with_] = runs;
  if (without && with_) pairs.push([without, with_]);
}

const table = tableOf(pairs);
process.stdout.write(`${table}\n`);
if (values.row === undefined) {
  const section = sectionOf(table, {
    messages,
    cores: availableParallelism(),
    node: process.versions.node,
    faults,
  });
  writeFileSync(DOCUMENT, withSection(readFileSync(DOCUMENT, 'utf8'), section));
}
if (faults.length > 0) process.stderr.write(`Broken:\n  ${faults.join('\n  ')}\n`);
process.exit(faults.length > 0 ? 1 : 0);
