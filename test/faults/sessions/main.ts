// npm run test:faults:sessions [-- --changes 10000] [-- --row TEXT]
// Prints the sessions' fault table: changes of metadata that are written while things go wrong, and what of them
// the metadata queue was told. Ends with 1 when one was lost or told out of order.
import { Logger } from '@nestjs/common';
import { readArguments, refuse, wholeNumber } from '../../support/arguments.js';
import { SESSIONS_ROWS } from './rows.js';
import { runSessionsRow } from './run-row.js';

const USAGE = `npm run test:faults:sessions -- [--changes N] [--row TEXT]
  --changes N   changes of metadata in each row (default 10000)
  --row TEXT    only rows whose name has the text`;

const { values } = readArguments(USAGE, {
  options: {
    changes: { type: 'string', default: '10000' },
    row: { type: 'string', default: '' },
  },
});
const changes = wholeNumber('changes', values.changes);
const rows = SESSIONS_ROWS.filter(({ name }) => name.includes(values.row));
if (rows.length === 0) {
  refuse(
    `No row has "${values.row}". The rows are:\n  ${SESSIONS_ROWS.map(({ name }) => name).join('\n  ')}`,
  );
}
Logger.overrideLogger(false);
const count = new Intl.NumberFormat('en');
console.log('| what goes wrong | written | received | lost | out of order | kills | seconds |');
console.log('|---|---|---|---|---|---|---|');
for (const row of rows) {
  const result = await runSessionsRow(row, { changes, share: 1 });
  const { written, received, lost, outOfOrder, kills, seconds } = result;
  const numbers = [written, received, lost, outOfOrder, kills].map((n) => count.format(n));
  console.log(`| ${[row.name, ...numbers, seconds.toFixed(0)].join(' | ')} |`);
  if (lost > 0 || outOfOrder > 0) process.exitCode = 1;
}
