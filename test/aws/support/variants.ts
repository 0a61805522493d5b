import { ALL_STEPS, NO_STEP, type AwsTuning } from '../../../src/aws/tuned/aws-tuning.js';

/** The client of the SDK as it comes, each step by itself, and all of them. */
export const VARIANTS: readonly (readonly [name: string, steps: AwsTuning])[] = [
  ['plain', NO_STEP],
  ...Object.keys(NO_STEP).map((step) => [`${step} alone`, { ...NO_STEP, [step]: true }] as const),
  ['all steps', ALL_STEPS],
];
