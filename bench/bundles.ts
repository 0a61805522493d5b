import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AwsClientsOptions } from '../src/aws/index.js';
import type { Benchmark, Report, Size } from './benchmark.js';
import type { ArchiveFigures, ArchiveTask } from './children/archive.js';
import type { BundlerFigures, BundlerTask } from './children/bundler.js';
import { TAR, WEFT } from './contenders/names.js';
import { roundsOf } from './rounds.js';
import { answerOf, start, type Stage } from './stage.js';
import { fixed, median } from './statistics.js';

const MIB = 1024 * 1024;
const LEVEL = 6;
const FILES = 96;
const FILE_BYTES = MIB;
const ROUNDS = 3;
const LARGE_PATIENCE_MS = 600_000;
/** As in a small container: V8 takes what it may before it collects, whether that is needed or not. */
export const SMALL_HEAP = ['--max-old-space-size=128', '--max-semi-space-size=8'];
const SMALL = { objects: 20_000, bytes: 1024, level: LEVEL };
/** What must not grow with objects or their size. */
const LARGE = { objects: 1, bytes: 5 * 1024 * MIB, level: 1 };
const MANY = { objects: 100_000, bytes: 1024, level: LEVEL };

const run = promisify(execFile);

/** Files into an archive beside `tar | gzip`, and objects of a local S3 into bundles. */
export const bundles: Benchmark = {
  name: 'bundles',
  what: 'files and objects into bundles',
  size: `${FILES} files of 1 MiB, ${ROUNDS} rounds; 20 000 and 100 000 objects of 1 KiB; one of 5 GiB`,
  async run(stage: Stage, size: Size): Promise<Report> {
    const folder = await mkdtemp(join(tmpdir(), 'weft-bench-'));
    const s3 = start('./children/streaming-s3.ts');
    try {
      const aws = await answerOf<AwsClientsOptions>(s3);
      await writeFiles(folder);
      const [weft, tar]: [ArchiveFigures[], ArchiveFigures[]] = [[], []];
      for (const round of roundsOf(size, ROUNDS)) {
        stage.progress(`bundles: archive, round ${round}`);
        weft.push(await inChild<ArchiveTask, ArchiveFigures>('archive', { folder, level: LEVEL }));
        tar.push(await byTar(folder));
      }
      const bundle = (task: typeof SMALL): Promise<BundlerFigures> => {
        stage.progress(`bundles: ${fixed(task.objects)} objects of ${fixed(task.bytes)} bytes`);
        return inChild<BundlerTask, BundlerFigures>('bundler', { ...task, aws });
      };
      return reportOf(weft, tar, await bundle(SMALL), await bundle(LARGE), await bundle(MANY));
    } finally {
      s3.kill();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function inChild<T extends object, F>(name: string, task: T): Promise<F> {
  const child = start(`./children/${name}.ts`, SMALL_HEAP);
  try {
    child.send(task);
    // Five GiB take longer than a run of messages may.
    const over = AbortSignal.timeout(LARGE_PATIENCE_MS);
    const [answer] = (await once(child, 'message', { signal: over })) as [F];
    return answer;
  } finally {
    child.kill('SIGKILL');
  }
}

/** The start of the processes is left in, as a shell has it; it is a few milliseconds. */
async function byTar(folder: string): Promise<ArchiveFigures> {
  const startedMs = performance.now();
  const { stdout } = await run('sh', [
    '-c',
    `tar --create --directory "$1" . | gzip -${LEVEL} | wc --bytes`,
    'sh',
    folder,
  ]);
  return { ms: performance.now() - startedMs, bytes: Number(stdout) };
}

/** Lines of a log, which gzip makes about a fifth of. */
async function writeFiles(folder: string): Promise<void> {
  for (let file = 0; file < FILES; file++) {
    const lines: string[] = [];
    for (let bytes = 0, n = 0; bytes < FILE_BYTES; n++) {
      const id = Math.imul(n + file * 65_537, 2_654_435_761) >>> 0;
      const line = `{"time":"2026-11-26T09:${n % 60}:00Z","id":"${id.toString(16)}","level":"info","took":${id % 997},"message":"Order ${id % 100_003} was placed"}\n`;
      lines.push(line);
      bytes += line.length;
    }
    await writeFile(join(folder, `log-${file}.json`), lines.join('').slice(0, FILE_BYTES));
  }
}

function reportOf(
  weft: readonly ArchiveFigures[],
  tar: readonly ArchiveFigures[],
  small: BundlerFigures,
  large: BundlerFigures,
  many: BundlerFigures,
): Report {
  const input = (FILES * FILE_BYTES) / MIB;
  const speed = (found: readonly ArchiveFigures[]): number =>
    input / (median(found.map(({ ms }) => ms)) / 1000);
  const ratio = ([first]: readonly ArchiveFigures[]): string =>
    fixed(((first?.bytes ?? NaN) / (FILES * FILE_BYTES)) * 100, 1);
  const perCore = (figures: BundlerFigures, { objects }: typeof SMALL): number =>
    objects / (figures.cpuMs / 1000);
  const rate = (figures: BundlerFigures, { objects }: typeof SMALL): number =>
    objects / (figures.ms / 1000);
  const grown = ({ grownBytes }: BundlerFigures): string => fixed(grownBytes / MIB, 0);
  return {
    name: 'bundles',
    title: bundles.what,
    table: [
      [
        '',
        'MiB/s',
        '% of the input',
        'objects/s',
        'objects/s and core',
        'memory over the start, MiB',
      ],
      [`${TAR} -${LEVEL}, ${FILES} files of 1 MiB`, fixed(speed(tar), 1), ratio(tar), '', '', ''],
      [`${WEFT}, the same files`, fixed(speed(weft), 1), ratio(weft), '', '', ''],
      ...(
        [
          ['20 000 objects of 1 KiB', small, SMALL],
          ['100 000 objects of 1 KiB', many, MANY],
          ['one object of 5 GiB, level 1', large, LARGE],
        ] as const
      ).map(([what, figures, task]) => [
        `${WEFT}, ${what} of S3`,
        fixed((task.objects * task.bytes) / MIB / (figures.ms / 1000), 1),
        '',
        fixed(rate(figures, task), 0),
        fixed(perCore(figures, task), 0),
        grown(figures),
      ]),
    ],
    settings: {
      [TAR]: `GNU tar, gzip -${LEVEL}`,
      [WEFT]: `level ${LEVEL}; objects of a server that makes them on the fly, no records kept; node ${SMALL_HEAP.join(' ')}`,
    },
    figures: {
      [TAR]: { mibPerS: speed(tar) },
      [WEFT]: {
        mibPerS: speed(weft),
        objectsPerCoreS: perCore(small, SMALL),
        grownMib: Math.max(large.grownBytes, many.grownBytes) / MIB,
      },
    },
    runs: { [TAR]: tar, [WEFT]: { weft, small, large, many } },
  };
}
