import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, Report, Size } from './benchmark.js';
import type {
  InsertsAssignment,
  InsertsContender,
  InsertsCost,
  InsertsFigures,
} from './children/inserts.js';
import { answerOf, start, type Stage } from './stage.js';
import { fixed, median } from './statistics.js';

const DOCUMENTS = 20_000;
const ROUNDS = 3;
const WAYS = ['oneByOne', 'atOnce', 'bulk'] as const;
const NAMES: Readonly<Record<InsertsContender, string>> = {
  weft: "Weft's embedded store",
  nedb: 'nedb',
  'by hand': 'node:sqlite by hand',
};
const CONTENDERS = Object.keys(NAMES) as InsertsContender[];

/** What it costs to store a document, beside the store Weft had before and beside SQLite alone. */
export const inserts: Benchmark = {
  name: 'inserts',
  what: 'documents stored by one process',
  size: `${fixed(DOCUMENTS)} documents of 300 bytes with three indexes, each way, ${ROUNDS} rounds, 3 contenders`,
  async run(stage: Stage, { messages = DOCUMENTS, rounds = ROUNDS }: Size): Promise<Report> {
    const runs: Record<InsertsContender, InsertsFigures[]> = { weft: [], nedb: [], 'by hand': [] };
    for (let round = 1; round <= rounds; round++) {
      for (const contender of CONTENDERS) {
        stage.progress(`inserts: round ${round}, ${contender}`);
        runs[contender].push(await runOf(contender, messages));
      }
    }
    return {
      name: 'inserts',
      title: inserts.what,
      table: [
        [
          'µs of CPU a document (of time)',
          'one by one',
          '50 at once',
          'in bulk, 1000 a call',
          "nedb's CPU / this, 50 at once",
        ],
        ...CONTENDERS.map((contender) => [
          NAMES[contender],
          ...WAYS.map((way) => cell(runs[contender].map((figures) => figures[way]))),
          `${fixed(cpuOf(runs.nedb) / cpuOf(runs[contender]), 1)} ×`,
        ]),
      ],
      settings: { SQLite: 'WAL, synchronous NORMAL; a call is a transaction, or shares one' },
      figures: Object.fromEntries(
        CONTENDERS.map((contender) => [contender, { atOnceCpuUs: cpuOf(runs[contender]) }]),
      ),
      runs: Object.fromEntries(CONTENDERS.map((contender) => [contender, runs[contender]])),
    };
  },
};

async function runOf(contender: InsertsContender, documents: number): Promise<InsertsFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-'));
  try {
    const child = start('./children/inserts.ts', []);
    const assignment: InsertsAssignment = { contender, documents, folder };
    child.send(assignment);
    const figures = await answerOf<InsertsFigures>(child);
    child.kill();
    return figures;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const cpuOf = (runs: readonly InsertsFigures[]): number =>
  median(runs.map(({ atOnce }) => atOnce.cpuUs));

const cell = (costs: readonly InsertsCost[]): string =>
  `${fixed(median(costs.map(({ cpuUs }) => cpuUs)), 1)} (${fixed(median(costs.map(({ us }) => us)), 1)})`;
