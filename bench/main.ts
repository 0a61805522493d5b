import { writeFile } from 'node:fs/promises';
import { BENCHMARKS } from './benchmarks.js';
import type { Report } from './benchmark.js';
import { machineOf } from './machine.js';
import { readOptions } from './options.js';
import { printProfile, profile } from './profile/profile.js';
import { progressOf } from './progress.js';
import { Stage } from './stage.js';
import { table } from './table.js';

const options = readOptions(process.argv.slice(2));
const progress = progressOf(process.stderr);
const stage = await Stage.open(progress.say);
console.log(machineOf().text);
try {
  if (options.command === 'profile') printProfile(await profile(stage, options));
  else await run();
} finally {
  progress.end();
  await stage.close();
}

async function run(): Promise<void> {
  const reports: Report[] = [];
  for (const benchmark of BENCHMARKS.filter(({ name }) => options.names.includes(name))) {
    const report = await benchmark.run(stage, options);
    progress.end();
    print(report);
    reports.push(report);
  }
  if (options.json !== undefined) {
    await writeFile(
      options.json,
      `${JSON.stringify({ machine: machineOf(), reports }, null, 2)}\n`,
    );
  }
}

function print({ name, title, table: rows, settings }: Report): void {
  console.log(`\n${name}: ${title}`);
  console.log(table(rows));
  for (const [contender, text] of Object.entries(settings)) console.log(`  ${contender}: ${text}`);
}
