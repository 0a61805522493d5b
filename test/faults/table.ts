import type { Row, RowResult } from './row.js';

/** What breaks a promise; empty when all are kept. */
export function broken(row: Row, result: RowResult): readonly string[] {
  const { sent, messages, lost, acknowledgedUnhandled, left, repeats, struck } = result;
  return [
    sent < messages && `${messages - sent} were never sent`,
    lost > 0 && `${lost} are lost`,
    acknowledgedUnhandled > 0 && `${acknowledgedUnhandled} were acknowledged without being handled`,
    left > 0 && `${left} are left on the queue`,
    row.once === true && repeats > 0 && `${repeats} were handled again`,
    (row.faults ?? row.killed) && struck === 0 && 'nothing went wrong',
  ].filter((fault) => typeof fault === 'string');
}

const COLUMNS = [
  'what goes wrong',
  'messages',
  'struck',
  'handled',
  'dead-lettered',
  'lost',
  'acknowledged unhandled',
  'handled again',
  '… with a store',
  'seconds',
] as const;

/** One line a row: its two runs, without and with an idempotency store. */
export function tableOf(pairs: readonly (readonly [RowResult, RowResult])[]): string {
  const count = new Intl.NumberFormat('en');
  const lines = pairs.map(([without, with_]) => [
    without.row,
    count.format(without.messages),
    count.format(without.struck),
    count.format(without.handled),
    count.format(without.deadLettered),
    count.format(without.lost + with_.lost),
    count.format(without.acknowledgedUnhandled + with_.acknowledgedUnhandled),
    count.format(without.repeats),
    count.format(with_.repeats),
    without.seconds.toFixed(0),
  ]);
  const widths = COLUMNS.map((name, at) =>
    Math.max(name.length, ...lines.map((line) => line[at]?.length ?? 0)),
  );
  const format = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, at) =>
    at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [format(COLUMNS), format(rule), ...lines.map(format)].join('\n');
}

const BEGIN = '<!-- faults: written by npm run test:faults -->';
const END = '<!-- faults: end -->';

interface Circumstances {
  readonly messages: number;
  readonly cores: number;
  readonly node: string;
  readonly faults: readonly string[];
}

/** What the document says of the table. */
export const sectionOf = (
  table: string,
  { messages, cores, node, faults }: Circumstances,
): string => `## Shown by faults

\`npm run test:faults -- --messages ${messages}\` on ${cores} cores and Node ${node}, over the embedded stack. Faults are injected by a proxy
between the process and the stack, not inside the code. Each row runs twice, without and with an idempotency store; \`lost\` and
\`acknowledged unhandled\` count both runs and have to be 0, the other numbers are of the first. \`struck\` counts requests, entries,
messages or processes. \`npm test\` runs the same rows in a small size.

${table}

${faults.length === 0 ? 'Every promise was kept.' : `Broken: ${faults.join('; ')}.`}`;

/** The document with this section in the place of the last one, or at its end. */
export function withSection(document: string, section: string): string {
  const marked = `${BEGIN}\n\n${section}\n\n${END}`;
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  return begin < 0 || end < begin
    ? `${document.trimEnd()}\n\n${marked}\n`
    : document.slice(0, begin) + marked + document.slice(end + END.length);
}
