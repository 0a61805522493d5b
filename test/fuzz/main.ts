// npm run fuzz -- --inputs 5000000 [--seed N] [--only 'codec|SNS']: every reader of what others write, on hostile inputs.
import 'reflect-metadata';
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fuzzAll } from './run.js';

const DEFAULT_INPUTS = '500000';
const { values: options } = parseArgs({
  options: {
    inputs: { type: 'string', default: DEFAULT_INPUTS },
    only: { type: 'string', default: '^' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});
const startedMs = performance.now();
const print = (line: string): void => void process.stdout.write(`${line}\n`);
print(`seed ${options.seed}`);
const { outcomes, prototypeIsClean } = await fuzzAll(
  Number(options.inputs),
  Number(options.seed),
  ({ name, inputs, read, refused, slowestMs, failure }) => {
    print(
      `${name.padEnd(44)} ${inputs} inputs: ${read} read, ${refused} refused, slowest ${slowestMs} ms`,
    );
    if (failure !== undefined) print(failure);
  },
  new RegExp(options.only),
);
const sum = (count: (outcome: (typeof outcomes)[number]) => number): number =>
  outcomes.reduce((all, outcome) => all + count(outcome), 0);
const failed = outcomes.filter(({ failure }) => failure !== undefined);
print(
  `${sum(({ inputs }) => inputs)} inputs to ${outcomes.length} readers: ${sum(({ read }) => read)} read, ${sum(({ refused }) => refused)} refused, ${failed.length} readers failed, slowest ${Math.max(...outcomes.map(({ slowestMs }) => slowestMs))} ms; prototypes ${prototypeIsClean ? 'clean' : 'CHANGED'}; ${Math.round((performance.now() - startedMs) / 1000)} s, ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
);
process.exitCode = failed.length === 0 && prototypeIsClean ? 0 : 1;
