import type { Row, RowResult } from './row.js';

/** What breaks a promise; empty when all are kept. */
export function broken(row: Row, result: RowResult): readonly string[] {
  const { sent, messages, lost, acknowledgedUnhandled, left, repeats, outOfOrder, struck } = result;
  const unanswered = Object.entries(result.unanswered).map(([code, count]) => `${count} × ${code}`);
  return [
    unanswered.length > 0 && `callers were not answered: ${unanswered.join(', ')}`,
    result.answeredTwice > 0 && `${result.answeredTwice} callers were answered twice`,
    sent < messages && `${messages - sent} were never sent`,
    lost > 0 && `${lost} are lost`,
    acknowledgedUnhandled > 0 && `${acknowledgedUnhandled} were acknowledged without being handled`,
    left > 0 && `${left} are left on the queue`,
    row.once === true && !wasStarved(result) && repeats > 0 && `${repeats} were handled again`,
    outOfOrder > 0 && `${outOfOrder} were handled out of order`,
    result.notOurs > 0 && `${result.notOurs} were begun by a process whose lease was over`,
    (row.faults ?? row.killed ?? row.stopped ?? row.clockSet ?? row.fullDisk) &&
      struck === 0 &&
      'nothing went wrong',
  ].filter((fault) => typeof fault === 'string');
}

/**
 * Whether the machine was so busy that leases may have ended: what is being handled then is handled again, as is promised. Each lease is
 * renewed when a third of it is left. That comes too late when a process stands still for half of that time; or when the way from
 * the broker's door and back, which is half of a call here, takes so long, for a busy process may never stand still for long and
 * yet get to each of the steps of a call late.
 */
const wasStarved = ({ stoodMs, slowestCallMs, leaseMs }: RowResult): boolean =>
  Math.max(stoodMs, slowestCallMs) > leaseMs / 6;

function keptWhy(row: Row, results: readonly RowResult[]): string {
  const excused = results.filter(
    (result) => row.once === true && result.repeats > 0 && wasStarved(result),
  );
  const stoodMs = Math.max(0, ...excused.map((result) => result.stoodMs));
  const calledMs = Math.max(0, ...excused.map(({ slowestCallMs }) => slowestCallMs));
  const seconds = (Math.max(stoodMs, calledMs) / 1000).toFixed(1);
  if (excused.length === 0) return 'yes';
  return `yes; ${stoodMs < calledMs ? 'the broker took' : 'a process stood still for'} ${seconds} s`;
}

const COLUMNS = [
  'what goes wrong',
  'sent',
  'struck',
  'handled',
  'dead-lettered',
  'lost',
  'acknowledged unhandled',
  'handled again',
  '… with a store',
  'seconds',
  'kept',
  'commit',
] as const;

type Line = readonly string[];

/** A row's line: its two runs, without and with an idempotency store. */
export function lineOf(
  row: Row,
  without: RowResult,
  with_: RowResult,
  commit: string,
): readonly string[] {
  const count = new Intl.NumberFormat('en');
  const faults = [...new Set([without, with_].flatMap((result) => broken(row, result)))];
  return [
    row.name,
    count.format(without.sent),
    count.format(without.struck),
    count.format(without.handled),
    count.format(without.deadLettered),
    count.format(without.lost + with_.lost),
    count.format(without.acknowledgedUnhandled + with_.acknowledgedUnhandled),
    count.format(without.repeats),
    count.format(with_.repeats),
    without.seconds.toFixed(0),
    faults.join(', ') || keptWhy(row, [without, with_]),
    commit,
  ];
}

export function tableOf(lines: readonly Line[]): string {
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

/** The lines a document holds already, by their row's name. */
export function linesIn(document: string): ReadonlyMap<string, Line> {
  const section = document.slice(document.indexOf(BEGIN), document.indexOf(END));
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  const lines = rows.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
  return new Map(
    lines
      .slice(1)
      .flatMap((cells): [string, Line][] =>
        cells.length === COLUMNS.length && cells[0] !== undefined ? [[cells[0], cells]] : [],
      ),
  );
}

interface Circumstances {
  readonly command: string;
  readonly date: string;
  readonly cores: number;
  readonly node: string;
  /** Runs at once. */
  readonly sideBySide: number;
}

/** What the document says of the table. */
export const sectionOf = (
  lines: readonly Line[],
  { command, date, cores, node, sideBySide }: Circumstances,
): string => `## Shown by faults

\`${command}\` on ${cores} cores and Node ${node}, over the embedded stack, ${date};
\`sent\` and \`commit\` say how many messages a row was run with, and at what. Faults are injected by a proxy on the loopback between the
processes and the stack, not inside the code; what is killed is a process. Each row runs twice, without and with an idempotency store;
\`lost\` and \`acknowledged unhandled\` count both runs and have to be 0, the other numbers are of the first. \`struck\` counts requests,
entries, messages or processes. ${sideBySide} runs share the machine: \`seconds\` are no measure of speed. \`npm run test:slow\` runs the same rows in a
small size.

${tableOf(lines)}

${lines.every((line) => line.includes('yes')) ? 'Every promise was kept.' : 'Not every promise was kept.'}`;

/** The document with this section in the place of the last one, or at its end. */
export function withSection(document: string, section: string): string {
  const marked = `${BEGIN}\n\n${section}\n\n${END}`;
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  return begin < 0 || end < begin
    ? `${document.trimEnd()}\n\n${marked}\n`
    : document.slice(0, begin) + marked + document.slice(end + END.length);
}
