import type { Profiler } from 'node:inspector';
import { writeFile } from 'node:fs/promises';
import { THROUGHPUT } from '../cases.js';
import { WEFT } from '../contenders/names.js';
import type { Measured } from '../meter.js';
import type { Options } from '../options.js';
import type { Stage } from '../stage.js';
import { fixed } from '../statistics.js';
import { table } from '../table.js';
import { loadOf, runOnce } from '../throughput.js';
import { attribute, type Share, type Shares } from './attribute.js';

export interface ProfileReport extends Shares {
  readonly caseName: string;
  readonly contender: string;
  /** With the profiler on, which costs something itself. */
  readonly cpuUsPerMessage: number;
}

const TOP = 25;

/** Runs one contender of one case once more, under V8's profiler. */
export async function profile(
  stage: Stage,
  wanted: string,
  { contender: asked = WEFT, messages, cpuProf }: Options,
): Promise<ProfileReport> {
  const bench = THROUGHPUT.find(({ name }) => name === wanted);
  const contender = bench?.contenders.find(({ name }) => name === asked);
  if (!bench || !contender) throw new Error(`There is no ${asked} to profile in ${wanted}`);
  stage.progress(`profile of ${asked} in ${bench.name}`);
  const load = loadOf(bench, contender, messages);
  const answer = await runOnce<{ measured: Measured; profile: Profiler.Profile }>(
    stage,
    bench,
    contender,
    load,
    'profile.ts',
  );
  if (cpuProf !== undefined) await writeFile(cpuProf, JSON.stringify(answer.profile));
  const { cpuUsPerMessage } = answer.measured;
  return { caseName: bench.name, contender: asked, cpuUsPerMessage, ...attribute(answer.profile) };
}

/** Shares as rows, with the microseconds of a message they stand for. */
export const shareRows = (
  shares: readonly Share[],
  cpuUsPerMessage: number,
): readonly (readonly string[])[] =>
  shares
    .slice(0, TOP)
    .map(({ name, share }) => [
      name,
      `${fixed(share * 100, 1)} %`,
      fixed(share * cpuUsPerMessage, 2),
    ]);

export function printProfile(report: ProfileReport): void {
  const { caseName, contender, cpuUsPerMessage, owners, functions } = report;
  console.log(
    `\n${contender} in ${caseName}: ${fixed(cpuUsPerMessage, 1)} µs of CPU a message, profiler on`,
  );
  for (const [head, shares] of [
    ['whose', owners],
    ['function', functions],
  ] as const) {
    console.log(
      `\n${table([[head, 'share', 'µs a message'], ...shareRows(shares, cpuUsPerMessage)])}`,
    );
  }
}
