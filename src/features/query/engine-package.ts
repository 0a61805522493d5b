import { QueryEngineMissingError } from './query.errors.js';

const PACKAGES = { duckdb: '@duckdb/node-api', athena: '@aws-sdk/client-athena' } as const;

/**
 * Checks that an engine's package is installed; these packages are optional.
 *
 * @throws {QueryEngineMissingError} if it is not, naming the package to install.
 */
export function checkInstalled(engine: keyof typeof PACKAGES): void {
  const name = PACKAGES[engine];
  try {
    import.meta.resolve(name);
  } catch {
    throw new QueryEngineMissingError(
      `Queries run on ${engine}, and ${name} is not installed. Install it (npm install ${name}), choose another QUERY_ENGINE, or leave query out of WEFT_CONSUME.`,
    );
  }
}
