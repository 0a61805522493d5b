import type { AwsClientsOptions } from '../../../src/aws/index.js';

export type Tuning = Exclude<AwsClientsOptions['tuning'], undefined>;

const NONE = {
  cachedMiddleware: false,
  uncheckedMd5: false,
  undici: false,
  leanMiddleware: false,
  cachedSigningKey: false,
};

/** The client of the SDK as it comes, each step by itself, and all of them. */
export const VARIANTS: readonly (readonly [name: string, tuning: Tuning])[] = [
  ['plain', false],
  ...Object.keys(NONE).map((step) => [`${step} alone`, { ...NONE, [step]: true }] as const),
  ['all steps', {}],
];
