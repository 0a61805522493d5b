import 'reflect-metadata';
import { randomInt } from 'node:crypto';
import { readArguments, refuse, wholeNumber } from '../support/arguments.js';

const DEFAULT_INPUTS = '500000';
const USAGE = `npm run fuzz -- [--inputs N] [--seed N] [--only PATTERN]: hostile inputs to every reader of what others write
  --inputs N       inputs in all (default ${DEFAULT_INPUTS})
  --seed N         the seed; default: a new one, which is printed
  --only PATTERN   only readers whose name matches the regular expression, such as 'codec|SNS'`;
const { values: options } = readArguments(USAGE, {
  options: {
    inputs: { type: 'string', default: DEFAULT_INPUTS },
    only: { type: 'string', default: '^' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
// Its readers are nearly all of Weft, which help and refusals need not wait for.
const { fuzzAll } = await import('./run.js');
const startedMs = performance.now();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
print(`seed ${options.seed}`);
const { outcomes, prototypeIsClean } = await fuzzAll(
  wholeNumber('inputs', options.inputs),
  wholeNumber('seed', options.seed, 0),
  ({ name, inputs, read, refused, slowestMs, failure }) => {
    print(
      `${name.padEnd(44)} ${inputs} inputs: ${read} read, ${refused} refused, slowest ${slowestMs} ms`,
    );
    if (failure !== undefined) print(failure);
  },
  patternOf(options.only),
);
const sum = (count: (outcome: (typeof outcomes)[number]) => number): number =>
  outcomes.reduce((all, outcome) => all + count(outcome), 0);
const failed = outcomes.filter(({ failure }) => failure !== undefined);
print(
  `${sum(({ inputs }) => inputs)} inputs to ${outcomes.length} readers: ${sum(({ read }) => read)} read, ${sum(({ refused }) => refused)} refused, ${failed.length} readers failed, slowest ${Math.max(...outcomes.map(({ slowestMs }) => slowestMs))} ms; prototypes ${prototypeIsClean ? 'clean' : 'CHANGED'}; ${Math.round((performance.now() - startedMs) / 1000)} s, ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
);
process.exitCode = failed.length === 0 && prototypeIsClean ? 0 : 1;

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    return refuse(`--only is no regular expression: ${String(error)}`);
  }
}
