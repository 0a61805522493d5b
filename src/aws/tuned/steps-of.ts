import { ALL_STEPS, NO_STEP, type AwsTuning } from './aws-tuning.js';
import { TuningCheck } from './tuning.check.js';

/** Key of the `AwsClients` option with single steps or another check; only for tests. */
export const TUNING: unique symbol = Symbol('nestjs-sns-sqs/tuning');

/** A test's choices for its clients. */
export interface TestedTuning {
  /** The steps to take, whatever is installed. @defaultValue all or none, according to the check */
  readonly steps?: Partial<AwsTuning>;
  /** @defaultValue the one of this process */
  readonly check?: TuningCheck;
}

interface TunedOptions {
  readonly tunedClients?: boolean;
  readonly [TUNING]?: TestedTuning;
}

/** One for the process, so that it checks and warns only once. */
const ofThisProcess = new TuningCheck();

/** The steps that clients of these options take. */
export function stepsOf({ tunedClients = true, [TUNING]: tested = {} }: TunedOptions): AwsTuning {
  const { steps, check = ofThisProcess } = tested;
  if (steps) return { ...NO_STEP, ...steps };
  return tunedClients && check.passes ? ALL_STEPS : NO_STEP;
}
