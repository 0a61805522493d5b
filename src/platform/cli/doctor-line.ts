import type { CliStack } from './cli.context.js';

/** One thing that `weft doctor` looked at. */
export interface DoctorLine {
  /** What was looked at, such as "Topics". */
  readonly check: string;
  readonly ok: boolean;
  /** What was found. Holds no secret. */
  readonly detail: string;
  /** What to do about it; required where it is not ok. */
  readonly remedy?: string;
}

/** Looks at what a feature needs. It changes nothing, and an error it throws is a line of its own. */
export type DoctorCheck = (stack: CliStack) => Promise<readonly DoctorLine[]>;
