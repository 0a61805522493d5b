import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Benchmark, Report, Size } from './benchmark.js';
import { roundsOf } from './rounds.js';
import type { Stage } from './stage.js';
import { median, spread } from './statistics.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LIBRARY = 'nestjs-sns-sqs';
const WHAT_IT_STANDS_ON = '@nestjs/microservices and client-sqs';

/** What a fresh process imports. */
const importsOf = (library: string): readonly (readonly [string, readonly string[]])[] => [
  [LIBRARY, [library]],
  [WHAT_IT_STANDS_ON, ['@nestjs/microservices', '@aws-sdk/client-sqs']],
  ['@ssut/nestjs-sqs', ['@ssut/nestjs-sqs']],
];

const ROUNDS = 7;

/** The CPU of importing the published package alone, in a fresh process each time, one contender after the other. */
export const importCost: Benchmark = {
  name: 'import-cost',
  what: 'CPU of importing the published library',
  size: `${ROUNDS} rounds`,
  async run(stage: Stage, size: Size): Promise<Report> {
    const found = new Map<string, number[]>();
    let rounds = 0;
    stage.progress('import-cost: packing the library');
    const folder = await mkdtemp(join(ROOT, 'node_modules/.import-cost-'));
    try {
      const imports = importsOf(await unpackLibrary(folder));
      for (const round of roundsOf(size, ROUNDS)) {
        rounds = round;
        for (const [name, modules] of imports) {
          stage.progress(`import-cost: round ${round}, ${name}`);
          found.set(name, [...(found.get(name) ?? []), await importOnce(modules)]);
        }
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
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

/** The library as it is published, beside the packages that it stands on; the path of its main file. */
async function unpackLibrary(folder: string): Promise<string> {
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['.ci/pack-transport.js', folder], { cwd: ROOT });
  const { tarball } = JSON.parse(stdout) as { readonly tarball: string };
  await run('tar', ['-xzf', tarball, '-C', folder]);
  return join(folder, 'package/dist/esm/transport/index.js');
}

async function importOnce(modules: readonly string[]): Promise<number> {
  const path = fileURLToPath(new URL('./start-up/import.js', import.meta.url));
  const child = fork(path, [...modules], { execArgv: [] });
  const [cpuMs] = (await once(child, 'message')) as [number];
  await once(child, 'exit');
  return cpuMs;
}
