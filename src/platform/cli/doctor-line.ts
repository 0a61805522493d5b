import type { CliStack } from './cli.context.js';

/** The result of one check of `weft doctor`. */
export interface DoctorLine {
  /** The subject of the check, such as "Topics". */
  readonly check: string;
  readonly ok: boolean;
  /** The finding. Contains no secret. */
  readonly detail: string;
  /** How to correct it; required unless ok. */
  readonly remedy?: string;
}

/** Checks the requirements of a feature. It changes nothing; an error it throws becomes a line. */
export type DoctorCheck = (stack: CliStack) => Promise<readonly DoctorLine[]>;
