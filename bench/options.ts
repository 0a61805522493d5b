import { parseArgs } from 'node:util';
import { BENCHMARKS } from './benchmarks.js';
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
--list          what there is, and how much of it, without running it`;

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
  const { values, positionals } = parseArgs({
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
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) end(HELP);
  if (values.list)
    end(BENCHMARKS.map(({ name, what, size }) => `${name.padEnd(14)}${what}: ${size}`).join('\n'));
  const command = COMMANDS.find((one) => one === positionals[0]) ?? 'run';
  const asked = command === positionals[0] ? positionals.slice(1) : positionals;
  const known = BENCHMARKS.map(({ name }) => name);
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    end(`There is no benchmark ${unknown.join(', ')}. There are: ${known.join(', ')}`, 1);
  }
  if (command === 'document' && asked.length > 0) end('The document takes every benchmark', 1);
  return {
    command,
    names: asked.length > 0 ? asked : command === 'profile' ? [DEFAULT_PROFILE] : known,
    messages: count('messages', values.messages),
    rounds: count('rounds', values.rounds),
    singleRoundsAfterMs: Number(values.minutes) * 60_000,
    json: values.json,
    contender: values.contender,
    beside: values.beside,
    cpuProf: values['cpu-prof'],
  };
}

function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    end(`--${name} is a whole number from 1, not ${text}`, 1);
  return value;
}

function end(text: string, code = 0): never {
  (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exit(code);
}
