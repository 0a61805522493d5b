import { writeFile } from 'node:fs/promises';
import type { Benchmark, Report } from './benchmark.js';
import { BENCHMARKS } from './benchmarks.js';
import { writeDocument, type Findings } from './document.js';
import { goalRows, goalsOf } from './goals.js';
import { machineOf } from './machine.js';
import { readOptions } from './options.js';
import { printProfile, profile, type ProfileReport } from './profile/profile.js';
import { progressOf } from './progress.js';
import { Stage } from './stage.js';
import { table } from './table.js';

/** What the document shows profiles of. */
const PROFILED = ['consume', 'publish'];

const options = readOptions(process.argv.slice(2));
const startedMs = performance.now();
const progress = progressOf(process.stderr);
const machine = machineOf();
console.log(machine.text);
const stage = await Stage.open(progress.say);
try {
  if (options.command === 'profile') await profiled(options.names.slice(0, 1));
  else await measured();
} finally {
  progress.end();
  await stage.close();
}
if (stage.failures.length > 0) {
  console.error(`Not measured:\n  ${stage.failures.join('\n  ')}`);
  process.exitCode = 1;
}

async function measured(): Promise<void> {
  const reports: Report[] = [];
  for (const benchmark of BENCHMARKS.filter(({ name }) => options.names.includes(name))) {
    const report = await stage.attempt(benchmark.name, () => benchmark.run(stage, options));
    if (!report) continue;
    progress.end();
    print(report);
    reports.push(report);
  }
  const goals = goalsOf(reports).filter(({ measured: value }) => !Number.isNaN(value));
  if (goals.length > 0) console.log(`\n${table(goalRows(goals))}`);
  const profiles = options.command === 'document' ? await profiled(PROFILED) : [];
  const minutes = (performance.now() - startedMs) / 60_000;
  const findings: Findings = { machine, minutes, reports, profiles, failures: stage.failures };
  if (options.command === 'document') await writeDocument(findings);
  if (options.json !== undefined) await writeFile(options.json, JSON.stringify(findings));
}

async function profiled(names: readonly Benchmark['name'][]): Promise<ProfileReport[]> {
  const found: ProfileReport[] = [];
  for (const name of names) {
    const report = await stage.attempt(`profile of ${name}`, () => profile(stage, name, options));
    if (!report) continue;
    progress.end();
    printProfile(report);
    found.push(report);
  }
  return found;
}

function print({ name, title, table: rows, settings }: Report): void {
  console.log(`\n${name}: ${title}`);
  console.log(table(rows));
  for (const [contender, text] of Object.entries(settings)) console.log(`  ${contender}: ${text}`);
}
