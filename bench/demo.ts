import { fork, type ChildProcess } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Benchmark, Report, Size } from './benchmark.js';
import type { DemoRow } from './children/demo-rows.js';
import { roundsOf } from './rounds.js';
import { PATIENCE_MS, type Stage } from './stage.js';
import { fixed, median, ratio, spread } from './statistics.js';

const FILES = 669;
const FILE_BYTES = 4_000;
const ROUNDS = 3;
const PRELOAD = new URL('./children/demo-rows.ts', import.meta.url).href;
const HERE = fileURLToPath(new URL('..', import.meta.url));
/** The rows that are measured, by how they begin; the demo is ended after the last one. */
const ROWS = ['steps added', 'Commands published', 'Results followed'] as const;
const LAST = ROWS[ROWS.length - 1] ?? '';

type Run = readonly DemoRow[];

/** What the demo's main job costs, all of it in one process: the service, its callers, SNS, SQS and S3. */
export const demo: Benchmark = {
  name: 'demo',
  what: 'a job of the demo: steps added, Commands published, Results followed',
  size: `${fixed(FILES)} steps, ${ROUNDS} rounds; --beside DIR: the demo of another checkout as well, in turn`,
  async run(stage: Stage, size: Size): Promise<Report> {
    const { messages = FILES, beside } = size;
    const checkouts = [...(beside === undefined ? [] : [resolve(beside)]), HERE];
    const runs = new Map<string, Run[]>(checkouts.map((checkout) => [checkout, []]));
    let rounds = 0;
    for (const round of roundsOf(size, ROUNDS)) {
      rounds = round;
      for (const checkout of checkouts) {
        stage.progress(`demo: round ${round}, ${checkout}`);
        runs.get(checkout)?.push(await runOf(checkout, messages));
      }
    }
    const first = runs.get(checkouts[0] ?? '') ?? [];
    return {
      name: 'demo',
      title: `${demo.what}; ${fixed(messages)} steps, ${rounds} rounds`,
      table: [
        ['s of CPU, then s of time', ...ROWS, 'sum'],
        ...[...runs].flatMap(([checkout, ofCheckout]) => [
          [`${checkout}: CPU`, ...cells(ofCheckout, first, 'cpu')],
          ['  time', ...cells(ofCheckout, first, 'time')],
        ]),
      ],
      settings: {},
      figures: Object.fromEntries(
        [...runs].map(([checkout, ofCheckout]) => [
          checkout,
          Object.fromEntries(ROWS.map((row) => [row, median(column(ofCheckout, row, 'cpu'))])),
        ]),
      ),
      runs: Object.fromEntries(runs),
    };
  },
};

/** The median with its lowest and highest value, and its ratio to the first checkout. */
function cells(runs: readonly Run[], first: readonly Run[], of: 'cpu' | 'time'): string[] {
  return [...ROWS, ''].map((row) => {
    const [values, base] = [runs, first].map((some) => column(some, row, of));
    if (values === undefined || base === undefined) return '';
    const text = spread(values, 2);
    return runs === first ? text : `${text} ${ratio(median(values), median(base))}`;
  });
}

/** Of the row that begins so in each run; '' stands for all of them. */
const column = (runs: readonly Run[], begins: string, of: 'cpu' | 'time'): number[] =>
  runs.map((rows) =>
    rows.filter(({ what }) => what.startsWith(begins)).reduce((sum, row) => sum + row[of], 0),
  );

async function runOf(checkout: string, files: number): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-'));
  try {
    const input = join(folder, 'input');
    await mkdir(input);
    for (let n = 0; n < files; n++) {
      await writeFile(
        join(input, `file-${n}.txt`),
        `${n} `.repeat(FILE_BYTES).slice(0, FILE_BYTES),
      );
    }
    return await measure(startDemo(checkout, input, join(folder, 'data')));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const startDemo = (checkout: string, input: string, dataDir: string): ChildProcess =>
  fork(join(checkout, 'dist/demo/main.js'), ['--input', input], {
    cwd: checkout,
    execArgv: ['--disable-warning=ExperimentalWarning', '--import', PRELOAD],
    env: {
      ...process.env,
      WEFT_DATA_DIR: dataDir,
      WEFT_BENCH_REPORT: pathToFileURL(join(checkout, 'dist/demo/demo.report.js')).href,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });

async function measure(child: ChildProcess): Promise<Run> {
  const over = new AbortController();
  const exited = once(child, 'exit').then(() => over.abort());
  const late = setTimeout(() => over.abort(), PATIENCE_MS);
  const rows: DemoRow[] = [];
  try {
    for await (const [row] of on(child, 'message', { signal: over.signal })) {
      // Nothing else sends messages to the parent.
      const { what } = row as DemoRow;
      if (ROWS.some((begins) => what.startsWith(begins))) rows.push(row as DemoRow);
      if (what.startsWith(LAST)) return rows;
    }
    return rows;
  } catch (cause) {
    throw new Error('The demo ended, or took too long, before its Results were followed', {
      cause,
    });
  } finally {
    clearTimeout(late);
    child.kill('SIGKILL');
    await exited;
  }
}
