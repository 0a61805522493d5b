import type { Benchmark } from './benchmark.js';
import { THROUGHPUT } from './cases.js';
import { throughput } from './throughput.js';

/** Everything that is measured, in the order it is run in. */
export const BENCHMARKS: readonly Benchmark[] = THROUGHPUT.map(throughput);
