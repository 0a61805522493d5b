import { QueryEngineMissingError } from './query.errors.js';

const PACKAGES = { duckdb: '@duckdb/node-api', athena: '@aws-sdk/client-athena' } as const;

/**
 * The packages of engines are optional: only the one that is used must be there.
 *
 * @throws {QueryEngineMissingError} when it is not, saying what to install.
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
