// npm run test:faults [-- --messages 100000] [-- --row TEXT … [--write]]
// Runs the fault table in full and puts it into docs/reliability.md, row by row; with --row only the rows whose
// name holds one of the texts, which with --write take the place of their lines in the document.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { readArguments, refuse, wholeNumber } from '../support/arguments.js';
import { forkScript } from './fork-script.js';
import type { Row, RowOptions, RowResult } from './row.js';
import { ROWS } from './rows.js';
import { broken, lineOf, linesIn, sectionOf, tableOf, withSection } from './table.js';

const DOCUMENT = new URL('../../docs/reliability.md', import.meta.url);
const DEFAULT_MESSAGES = '10000';
/** Long enough for a process that waits for its turn on a busy machine. */
const VISIBILITY_TIMEOUT_S = 10;
/** Many rows wait for back-offs and leases most of their time. */
const SIDE_BY_SIDE = 2 * availableParallelism();

const USAGE = `npm run test:faults -- [--messages N] [--row TEXT]… [--write]
  --messages N   messages of each row (default ${DEFAULT_MESSAGES})
  --row TEXT     only rows whose name has the text; may be given several times
  --write        with --row: puts their lines into docs/reliability.md, as a run of all rows does`;

const { values } = readArguments(USAGE, {
  options: {
    messages: { type: 'string', default: DEFAULT_MESSAGES },
    row: { type: 'string', multiple: true, default: [''] },
    write: { type: 'boolean', default: false },
  },
});
const messages = wholeNumber('messages', values.messages);

const whole = values.row.includes('');
const rows = ROWS.filter(({ name }) => values.row.some((text) => name.includes(text)));
if (rows.length === 0) {
  refuse(
    `No row has "${values.row.join('" or "')}". The rows are:\n  ${ROWS.map(({ name }) => name).join('\n  ')}`,
  );
}
const runs = rows.flatMap((row) => [false, true].map((store) => ({ row, store })));
const results = new Map<Row, RowResult[]>(rows.map((row) => [row, []]));

async function run(row: Row, store: boolean): Promise<void> {
  const options: RowOptions = {
    messages,
    killShare: 1,
    store,
    visibilityTimeoutS: VISIBILITY_TIMEOUT_S,
  };
  const runner = forkScript('test/faults/runner.ts', [row.name, JSON.stringify(options)]);
  const ended = once(runner, 'close').then(() => {
    throw new Error(`The row "${row.name}" ended without a result`);
  });
  const [result] = (await Promise.race([once(runner, 'message'), ended])) as [RowResult];
  ended.catch(() => undefined);
  results.get(row)?.push(result);
  const { lost, repeats, struck, stoodMs, seconds } = result;
  const found = broken(row, result).join(', ') || 'kept';
  process.stderr.write(
    `${new Date().toISOString().slice(11, 19)} ${row.name}${store ? ', with a store' : ''}: ${found}; struck ${struck}, lost ${lost}, again ${repeats}, stood still ${stoodMs} ms at most, ${seconds.toFixed(0)} s\n`,
  );
}

const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
const commit = git('describe', '--always', '--dirty', '--exclude=*');
const lines = new Map<string, readonly string[]>();

/** Puts a row that has run into the document at once: the whole takes long, and may be stopped. */
function record(row: Row): void {
  const both = results.get(row) ?? [];
  const [without, with_] = both.toSorted((one, other) => Number(one.store) - Number(other.store));
  if (!without || !with_) return;
  lines.set(row.name, lineOf(row, without, with_, commit));
  if (!whole && !values.write) return;
  const document = readFileSync(DOCUMENT, 'utf8');
  const all = whole ? lines : new Map([...linesIn(document), ...lines]);
  const section = sectionOf(
    ROWS.map(({ name }) => all.get(name)).filter((line) => line !== undefined),
    {
      command: `npm run test:faults -- --messages ${messages}`,
      date: new Date().toISOString().slice(0, 10),
      cores: availableParallelism(),
      node: process.versions.node,
      sideBySide: SIDE_BY_SIDE,
    },
  );
  writeFileSync(DOCUMENT, withSection(document, section));
}

const waiting = runs.values();
const work = async (): Promise<void> => {
  for (const { row, store } of waiting) {
    await run(row, store);
    record(row);
  }
};
await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));

process.stdout.write(`${tableOf([...lines.values()])}\n`);
const kept = [...results].every(([row, both]) =>
  both.every((result) => broken(row, result).length === 0),
);
process.exit(kept ? 0 : 1);
