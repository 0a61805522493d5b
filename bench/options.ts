import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { end, readArguments, refuse, wholeNumber } from '../test/support/arguments.js';
import { BENCHMARKS } from './benchmarks.js';
import { THROUGHPUT } from './cases.js';
import type { Size } from './benchmark.js';

const HELP = `npm run bench                      every benchmark
npm run bench -- NAME…             these alone; --list says which there are
npm run bench -- document          every benchmark and two profiles, written to docs/performance.md
npm run bench -- profile [NAME]    a CPU profile of Weft in one of them (default consume)

--messages N    messages of a run, instead of each benchmark's own
--rounds N      rounds, instead of each benchmark's own
--minutes N     after as many, one round of what is left (default 18; it takes some six more)
--json FILE     writes the numbers and every run
--contender X   measure X alone, beside the first of each table; profile X instead of Weft
--beside DIR    with demo: another checkout, built with "npm run build", to be measured in turn
--cpu-prof FILE where to put the profile for Chrome's tools
--list          what there is, and how much of it, without running it
--help          this`;

const DEFAULT_PROFILE = 'consume';

const COMMANDS = ['run', 'document', 'profile'] as const;
type Command = (typeof COMMANDS)[number];

export interface Options extends Size {
  readonly command: Command;
  /** The benchmarks asked for. */
  readonly names: readonly string[];
  readonly json: string | undefined;
  readonly contender: string | undefined;
  readonly cpuProf: string | undefined;
}

/** Reads the command line; ends the process where nothing is to be run. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = readArguments(HELP, {
    args: [...args],
    allowPositionals: true,
    options: {
      messages: { type: 'string' },
      rounds: { type: 'string' },
      minutes: { type: 'string', default: '18' },
      json: { type: 'string' },
      contender: { type: 'string' },
      beside: { type: 'string' },
      'cpu-prof': { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  if (values.list)
    end(BENCHMARKS.map(({ name, what, size }) => `${name.padEnd(14)}${what}: ${size}`).join('\n'));
  const command = COMMANDS.find((one) => one === positionals[0]) ?? 'run';
  const asked = command === positionals[0] ? positionals.slice(1) : positionals;
  const known = BENCHMARKS.map(({ name }) => name);
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    refuse(`There is no benchmark ${unknown.join(', ')}. There are: ${known.join(', ')}`);
  }
  if (command === 'document' && asked.length > 0) refuse('The document takes every benchmark');
  if (command === 'profile' && asked.length > 1) refuse('A profile is of one benchmark');
  assertContender(values.contender);
  assertCheckout(values.beside);
  assertWritable(values.json);
  assertWritable(values['cpu-prof']);
  return {
    command,
    names: asked.length > 0 ? asked : command === 'profile' ? [DEFAULT_PROFILE] : known,
    messages: count('messages', values.messages),
    rounds: count('rounds', values.rounds),
    singleRoundsAfterMs: wholeNumber('minutes', values.minutes, 0) * 60_000,
    json: values.json,
    contender: values.contender,
    beside: values.beside,
    cpuProf: values['cpu-prof'],
  };
}

function count(name: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : wholeNumber(name, text);
}

function assertContender(contender: string | undefined): void {
  const known = THROUGHPUT.flatMap(({ contenders }) => contenders.map(({ name }) => name));
  if (contender === undefined || known.includes(contender)) return;
  refuse(`There is no contender "${contender}". There are:\n  ${[...new Set(known)].join('\n  ')}`);
}

function assertCheckout(folder: string | undefined): void {
  if (folder === undefined || existsSync(join(folder, 'dist/demo'))) return;
  refuse(`${folder} is no checkout in which "npm run build" was run: it has no dist/demo`);
}

/** Asked before the first run: its numbers would be lost after the last. */
function assertWritable(file: string | undefined): void {
  if (file === undefined) return;
  const folder = dirname(resolve(file));
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    refuse(`${file} cannot be written: ${folder} is no folder that this user may write to`);
  }
}
