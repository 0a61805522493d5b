// npm run test:faults [-- --messages 100000] [-- --row TEXT … [--write | --seeds N]]
// Runs the fault table in full and puts it into docs/reliability.md, row by row; with --row only the rows whose
// name holds one of the texts, which with --write take the place of their lines in the document. With --seeds each row
// runs so often, and the document stays as it is: a fault that shows in one of thirty runs is found so.
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

const USAGE = `npm run test:faults -- [--messages N] [--row TEXT]… [--write | --seeds N]
  --messages N   messages of each row (default ${DEFAULT_MESSAGES})
  --row TEXT     only rows whose name has the text; may be given several times
  --write        with --row: puts their lines into docs/reliability.md, as a run of all rows does
  --seeds N      runs each row with N seeds instead, and writes nothing`;

const { values } = readArguments(USAGE, {
  options: {
    messages: { type: 'string', default: DEFAULT_MESSAGES },
    row: { type: 'string', multiple: true, default: [''] },
    write: { type: 'boolean', default: false },
    seeds: { type: 'string' },
  },
});
const messages = wholeNumber('messages', values.messages);
const seeds = values.seeds === undefined ? undefined : wholeNumber('seeds', values.seeds);
if (seeds !== undefined && values.write) refuse('--seeds writes nothing: leave --write out');

const whole = values.row.includes('');
const rows = ROWS.filter(({ name }) => values.row.some((text) => name.includes(text)));
if (rows.length === 0) {
  refuse(
    `No row has "${values.row.join('" or "')}". The rows are:\n  ${ROWS.map(({ name }) => name).join('\n  ')}`,
  );
}
/** Without --seeds, each row has the seed of its size, so that a run of the table can be repeated. */
const seedsOfARow = Array.from({ length: seeds ?? 1 }, (_, n) => messages + n);
const runs = seedsOfARow.flatMap((seed) =>
  rows.flatMap((row) => [false, true].map((store) => ({ row, store, seed }))),
);
const results = new Map<Row, RowResult[]>(rows.map((row) => [row, []]));

async function run(row: Row, store: boolean, seed: number): Promise<void> {
  const options: RowOptions = {
    messages,
    seed,
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
  const { lost, repeats, struck, stoodMs, slowestCallMs, seconds } = result;
  const found = broken(row, result).join(', ') || 'kept';
  process.stderr.write(
    `${new Date().toISOString().slice(11, 19)} ${row.name}${store ? ', with a store' : ''}${seeds === undefined ? '' : `, seed ${seed}`}: ${found}; struck ${struck}, lost ${lost}, again ${repeats}, stood still ${stoodMs} ms and took ${slowestCallMs} ms for a call at most, ${seconds.toFixed(0)} s\n`,
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
  for (const { row, store, seed } of waiting) {
    await run(row, store, seed);
    if (seeds === undefined) record(row);
  }
};
await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));

const brokenRuns = [...results].flatMap(([row, all]) =>
  all.filter((result) => broken(row, result).length > 0),
);
process.stdout.write(
  seeds === undefined
    ? `${tableOf([...lines.values()])}\n`
    : `${brokenRuns.length} of ${runs.length} runs broke a promise\n`,
);
process.exit(brokenRuns.length === 0 ? 0 : 1);
