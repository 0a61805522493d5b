import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Report, Size } from './benchmark.js';
import { roundsOf } from './rounds.js';
import type { Stage } from './stage.js';
import { median, spread } from './statistics.js';

const LIBRARY = 'nestjs-sns-sqs';
const WHAT_IT_STANDS_ON = '@nestjs/microservices and client-sqs';

/** What a fresh process imports. */
const IMPORTS: readonly (readonly [name: string, modules: readonly string[]])[] = [
  [LIBRARY, [fileURLToPath(new URL('../dist/transport/index.js', import.meta.url))]],
  [WHAT_IT_STANDS_ON, ['@nestjs/microservices', '@aws-sdk/client-sqs']],
  ['@ssut/nestjs-sqs', ['@ssut/nestjs-sqs']],
];

const ROUNDS = 7;

/** The CPU of importing alone, in a fresh process each time, one contender after the other. */
export const importCost: Benchmark = {
  name: 'import-cost',
  what: 'CPU of importing the library',
  size: `${ROUNDS} rounds`,
  async run(stage: Stage, size: Size): Promise<Report> {
    const found = new Map<string, number[]>(IMPORTS.map(([name]) => [name, []]));
    let rounds = 0;
    for (const round of roundsOf(size, ROUNDS)) {
      rounds = round;
      for (const [name, modules] of IMPORTS) {
        stage.progress(`import-cost: round ${round}, ${name}`);
        found.get(name)?.push(await importOnce(modules));
      }
    }
    const base = median(found.get(WHAT_IT_STANDS_ON) ?? []);
    return {
      name: 'import-cost',
      title: `${importCost.what}, ${rounds} rounds`,
      table: [
        ['', 'ms of CPU', `of ${WHAT_IT_STANDS_ON}`],
        ...[...found].map(([name, times]) => [
          name,
          spread(times, 0),
          `${(median(times) / base).toFixed(2)} ×`,
        ]),
      ],
      settings: {},
      figures: Object.fromEntries(
        [...found].map(([name, times]) => [name, { cpuMs: median(times) }]),
      ),
      runs: Object.fromEntries(found),
    };
  },
};

async function importOnce(modules: readonly string[]): Promise<number> {
  const path = fileURLToPath(new URL('./start-up/import.js', import.meta.url));
  const child = fork(path, [...modules], { execArgv: [] });
  const [cpuMs] = (await once(child, 'message')) as [number];
  await once(child, 'exit');
  return cpuMs;
}
