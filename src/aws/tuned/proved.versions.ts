/**
 * The versions that `test/aws` ran with: those of package.json, which `test/house/proved-versions.spec.ts` checks. The
 * tuned clients rely on private parts of these packages (docs/aws-clients.md).
 */
export const PROVED_VERSIONS = {
  '@aws-sdk/client-sns': '3.1169.0',
  '@aws-sdk/client-sqs': '3.1169.0',
  '@aws-sdk/core': '3.981.0',
  '@smithy/core': '3.41.0',
  undici: '7.30.2',
} as const;

export type ProvedPackage = keyof typeof PROVED_VERSIONS;

/**
 * Another patch of the same minor version moves nothing; the SDK's clients get a new minor version with each release.
 */
export const isProved = (name: ProvedPackage, installed: string): boolean =>
  minorOf(installed) === minorOf(PROVED_VERSIONS[name]);

const minorOf = (version: string): string => version.split('.', 2).join('.');
