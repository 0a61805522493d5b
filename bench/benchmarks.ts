import type { Benchmark } from './benchmark.js';
import { bundles } from './bundles.js';
import { THROUGHPUT } from './cases.js';
import { demo } from './demo.js';
import { documents } from './documents.js';
import { drain } from './drain.js';
import { idle } from './idle.js';
import { importCost } from './import-cost.js';
import { inserts } from './inserts.js';
import { lineage } from './lineage.js';
import { memory } from './memory.js';
import { query } from './query.js';
import { results } from './results.js';
import { sessions } from './sessions.js';
import { startUp } from './start-up.js';
import { throughput } from './throughput.js';

/** Everything that is measured, in the order it is run in. */
export const BENCHMARKS: readonly Benchmark[] = [
  ...THROUGHPUT.map(throughput),
  startUp,
  importCost,
  drain,
  idle,
  memory,
  query,
  bundles,
  documents,
  inserts,
  demo,
  lineage,
  results,
  sessions,
];
