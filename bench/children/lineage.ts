import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Client } from 'pg';
import { createDocumentStore, type DocumentStore } from 'weft/persistence';
import type { EdgeDocument } from '../../src/features/registry/lineage/edge.document.js';
import { EdgesRepository } from '../../src/features/registry/lineage/edges.repository.js';
import { walk } from '../../src/features/registry/lineage/graph.js';

export interface LineageAssignment {
  readonly store: 'embedded' | 'mongodb' | 'postgresql';
  readonly edges: number;
  readonly uri: string | undefined;
  /** @defaultValue 500 */
  readonly questions?: number;
}

export interface LineageFigures {
  readonly store: string;
  readonly edges: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Of the process that asks: a machine that does other things as well does not change it. */
  readonly cpuMs: number;
  readonly cpuP99Ms: number;
  /** How often the machine took a core away from it, a question. */
  readonly switches: number;
  /** The longest that garbage collection held a question up. */
  readonly longestGcMs: number;
  /** Processes that wanted a core on average, over the last minute. */
  readonly load: number;
  /** Locations and steps of the average answer. */
  readonly nodes: number;
  readonly writeMs: number;
}

const DEFAULT_QUESTIONS = 500;
const WRITES = 200;
const DEPTH = 10;
const EDGES_A_STEP = 3;
/** A step reads two of so many locations written before it. */
const WINDOW = 20;
const BATCH = 10_000;

/** The same numbers in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const random = numbers(7);
const time = (n: number): string =>
  `${new Date(1.7e12 + n * 1000).toISOString().slice(0, -1)}000+00:00`;
const locationOf = (n: number): string => `warehouse.schema.table_${n}`;

/** The edges of the n-th step: it writes the n-th location from two before it. */
function stepEdges(n: number): EdgeDocument[] {
  const first = Math.max(0, n - 1 - random(WINDOW));
  const second = Math.max(0, n - 1 - random(WINDOW));
  const at = time(n);
  const edge = (direction: 'read' | 'write', place: number): EdgeDocument => ({
    _id: `step-${n}|${direction}|${place}`,
    direction,
    location: locationOf(place),
    ref_type: 'table',
    step_id: `step-${n}`,
    job_id: `job-${Math.floor(n / 10)}`,
    pipeline: 'warehouse',
    environment: 'prod',
    step_name: 'transform',
    handler_type: 'transform',
    logic_version: 'a6a87b5',
    created_at: at,
    started_at: at,
    completed_at: at,
    at,
  });
  const reads = first === second ? [first] : [first, second];
  return [edge('write', n), ...reads.map((place) => edge('read', place))];
}

interface Contender {
  add(edges: readonly EdgeDocument[]): Promise<void>;
  ready?(): Promise<void>;
  /** @returns how many nodes were found. */
  ask(location: string): Promise<number>;
  write(edges: readonly EdgeDocument[]): Promise<void>;
  close(): Promise<void>;
}

async function overDocuments(store: DocumentStore, close: () => Promise<void>): Promise<Contender> {
  const edges = new EdgesRepository(store);
  await store.open();
  return {
    add: (some) => edges.add(some),
    async ask(location) {
      let nodes = 0;
      const layers = walk(edges, {
        location,
        direction: 'producers',
        depth: DEPTH,
        scope: {},
        maxNodes: 2000,
      });
      for await (const layer of layers) nodes += layer.nodes.length;
      return nodes;
    },
    async write(some) {
      for (const edge of some) {
        if (edge.direction === 'read' && edge.at !== undefined)
          await edges.lastWrite(edge, edge.at);
      }
      await edges.add(some);
    },
    close,
  };
}

const COLUMNS = 'id, direction, location, step_id, job_id, at, body';
const QUESTION = `
WITH RECURSIVE upstream(location, depth) AS (
  SELECT $1::text, 0
  UNION
  SELECT r.location, u.depth + 1
  FROM upstream u
  JOIN edges w ON w.location = u.location AND w.direction = 'write'
  JOIN edges r ON r.step_id = w.step_id AND r.direction = 'read'
  WHERE u.depth < ${DEPTH}
)
SELECT DISTINCT w.step_id, w.body, u.location FROM upstream u JOIN edges w ON w.location = u.location AND w.direction = 'write'`;

async function overPostgres(uri: string): Promise<Contender> {
  const client = new Client({ connectionString: uri });
  await client.connect();
  await client.query('DROP TABLE IF EXISTS edges');
  await client.query(
    'CREATE TABLE edges (id text PRIMARY KEY, direction text, location text, step_id text, job_id text, at text, body jsonb)',
  );
  await client.query('CREATE INDEX ON edges (location, direction, at DESC)');
  await client.query('CREATE INDEX ON edges (step_id, direction)');
  const add = async (some: readonly EdgeDocument[]): Promise<void> => {
    const rows = some.map((edge) => ({ ...edge, id: edge['_id'], body: edge }));
    await client.query(
      `INSERT INTO edges (${COLUMNS}) SELECT ${COLUMNS} FROM jsonb_to_recordset($1::jsonb) AS r(id text, direction text, location text, step_id text, job_id text, at text, body jsonb)`,
      [JSON.stringify(rows)],
    );
  };
  return {
    add,
    write: add,
    async ready() {
      await client.query('ANALYZE edges');
    },
    async ask(location) {
      const { rows } = await client.query<{ step_id: string; location: string }>({
        name: 'upstream',
        text: QUESTION,
        values: [location],
      });
      return new Set(rows.flatMap((row) => [row.step_id, row.location])).size;
    },
    close: () => client.end(),
  };
}

async function contenderOf({ store, uri = '' }: LineageAssignment): Promise<Contender> {
  if (store === 'postgresql') return overPostgres(uri);
  if (store === 'mongodb') {
    const databaseName = `weft-bench-${process.pid}`;
    const documents = await createDocumentStore({ kind: 'mongodb', uri, databaseName });
    return overDocuments(documents, () => documents.close());
  }
  const documentsDir = await mkdtemp(join(tmpdir(), 'weft-bench-'));
  const documents = await createDocumentStore({ kind: 'embedded', documentsDir });
  return overDocuments(documents, async () => {
    await documents.close();
    await rm(documentsDir, { recursive: true });
  });
}

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

const [assignment] = (await once(process, 'message')) as [LineageAssignment];
const contender = await contenderOf(assignment);
const steps = Math.floor(assignment.edges / EDGES_A_STEP);
let waiting: EdgeDocument[] = [];
for (let n = 0; n < steps; n++) {
  waiting.push(...stepEdges(n));
  if (waiting.length >= BATCH || n === steps - 1) {
    await contender.add(waiting);
    waiting = [];
    process.send?.({ filled: n });
  }
}
await contender.ready?.();

const ask = (): Promise<number> => contender.ask(locationOf(steps - 1 - random(steps / 2)));
const { questions = DEFAULT_QUESTIONS } = assignment;
for (let warm = 0; warm < questions / 10; warm++) await ask();
const times: number[] = [];
const cpuTimes: number[] = [];
const collections: number[] = [0];
new PerformanceObserver((list) => {
  collections.push(...list.getEntries().map(({ duration }) => duration));
}).observe({ entryTypes: ['gc'] });
let nodes = 0;
const before = process.resourceUsage();
for (let n = 0; n < questions; n++) {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  nodes += await ask();
  times.push(performance.now() - startedMs);
  const { user, system } = process.cpuUsage(cpuBefore);
  cpuTimes.push((user + system) / 1000);
}
const after = process.resourceUsage();
const [load = Number.NaN] = loadavg();
// The observer hears of collections in a later turn.
await nextTurn();
const writes: number[] = [];
for (let n = 0; n < WRITES; n++) {
  const edges = stepEdges(steps + n);
  const startedMs = performance.now();
  await contender.write(edges);
  writes.push(performance.now() - startedMs);
}
await contender.close();
const sorted = times.toSorted((a, b) => a - b);
const sortedCpu = cpuTimes.toSorted((a, b) => a - b);
const figures: LineageFigures = {
  store: assignment.store,
  edges: assignment.edges,
  medianMs: quantile(sorted, 0.5),
  p99Ms: quantile(sorted, 0.99),
  cpuMs: cpuTimes.reduce((sum, one) => sum + one, 0) / questions,
  cpuP99Ms: quantile(sortedCpu, 0.99),
  switches: (after.involuntaryContextSwitches - before.involuntaryContextSwitches) / questions,
  longestGcMs: Math.max(...collections),
  load,
  nodes: nodes / questions,
  writeMs: quantile(
    writes.toSorted((a, b) => a - b),
    0.5,
  ),
};
process.send?.(figures);
