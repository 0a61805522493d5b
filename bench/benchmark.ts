import type { Stage } from './stage.js';

/** What is measured of one contender, by name; the medians where there were several rounds. */
export type Figures = Readonly<Record<string, number>>;

/** What one benchmark found. */
export interface Report {
  readonly name: string;
  readonly title: string;
  /** The head and one row for each contender. */
  readonly table: readonly (readonly string[])[];
  /** Each contender's, in words. */
  readonly settings: Readonly<Record<string, string>>;
  readonly figures: Readonly<Record<string, Figures>>;
  /** Every single run, for the JSON. */
  readonly runs: Readonly<Record<string, unknown>>;
}

/** What a user may change; left out, each benchmark has its own. */
export interface Size {
  readonly messages: number | undefined;
  readonly rounds: number | undefined;
  /** Beside the first of each table, this one alone. */
  readonly contender?: string | undefined;
  /** The folder of another checkout, built, to measure beside this one; of `demo` alone. */
  readonly beside?: string | undefined;
  /** On the clock of `performance.now()`: from then on nobody starts a second round. */
  readonly singleRoundsAfterMs: number;
}

export interface Benchmark {
  readonly name: string;
  readonly what: string;
  /** How much is done, in words. */
  readonly size: string;
  run(stage: Stage, size: Size): Promise<Report>;
}
