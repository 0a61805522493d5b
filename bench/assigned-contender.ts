import type { Assignment } from './assignment.js';
import { THROUGHPUT } from './cases.js';
import type { Contender } from './contender.js';

/** The one that a child process is told to run. Beside its assignment, which the cases know themselves. */
export function contenderOf({ caseName, contender: name }: Assignment): Contender {
  const contenders = THROUGHPUT.find((one) => one.name === caseName)?.contenders;
  const contender = contenders?.find((one) => one.name === name);
  if (!contender) throw new Error(`No contender ${name} in ${caseName}`);
  return contender;
}
