import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { readArguments, wholeNumber } from '../../support/arguments.js';
import { planOf, type Plan } from './plan.js';
import { run } from './run.js';
import { shrink } from './shrink.js';

const USAGE = `npm run test:simulation -- [--crashes N] [--seed S]
  --crashes N   goes on until this many processes have crashed (default 20000), a seed a run
  --seed S      with --crashes the first seed; alone that one run, with its history`;
const CRASHES_A_RUN = 12;
const DEFAULT_CRASHES = 20_000;
const PROGRESS_EVERY_MS = 60_000;

async function replay(seed: number): Promise<boolean> {
  const plan = planOf(seed, CRASHES_A_RUN);
  const { history, faults } = await run(plan, { keeps: 'history' });
  console.log(
    [JSON.stringify(plan), ...history, ...faults.map((one) => `FAILED: ${one}`)].join('\n'),
  );
  return faults.length === 0;
}

async function explain(plan: Plan, faults: readonly string[]): Promise<void> {
  console.error(
    `Seed ${plan.seed} FAILED: ${faults.join('; ')}\nThe smallest run that still fails:`,
  );
  const smallest = await shrink(plan);
  const { history, faults: left } = smallest.ending;
  console.error([JSON.stringify(smallest.plan), ...history, ...left].join('\n'));
  console.error(`Again: npm run test:simulation -- --seed ${plan.seed}`);
}

async function runAll(least: number, first: number): Promise<boolean> {
  const startedMs = performance.now();
  let toldMs = startedMs;
  let [crashes, steps, runs] = [0, 0, 0];
  for (let seed = first; crashes < least; seed += 1) {
    const plan = planOf(seed, CRASHES_A_RUN);
    const ending = await run(plan);
    crashes += ending.crashes;
    steps += ending.steps;
    runs += 1;
    if (performance.now() - toldMs >= PROGRESS_EVERY_MS) {
      toldMs = performance.now();
      console.error(`${crashes} of ${least} crashes, seed ${seed}`);
    }
    if (ending.faults.length === 0) continue;
    await explain(plan, ending.faults);
    return false;
  }
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(
    `${crashes} crashes in ${runs} runs of ${steps} steps, seeds ${first} to ${first + runs - 1}, in ${seconds} s: every promise held`,
  );
  return true;
}

const { values } = readArguments(USAGE, {
  options: { crashes: { type: 'string' }, seed: { type: 'string' } },
});
Logger.overrideLogger(false);
const seed = wholeNumber('seed', values.seed ?? '1', 0);
const passed =
  values.seed !== undefined && values.crashes === undefined
    ? await replay(seed)
    : await runAll(wholeNumber('crashes', values.crashes ?? String(DEFAULT_CRASHES)), seed);
process.exit(passed ? 0 : 1);
