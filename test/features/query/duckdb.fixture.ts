import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DuckDbEngine,
  type DuckDbOptions,
} from '../../../src/features/query/duckdb/duckdb.engine.js';
import type { QueryAnswer, QueryRequest } from '../../../src/features/query/query.engine.js';

/** A database of its own in a folder of its own. */
export class TestDuckDb {
  readonly folder = mkdtempSync(join(tmpdir(), 'weft-duckdb-'));
  readonly path = join(this.folder, 'test.duckdb');
  readonly #engines: DuckDbEngine[] = [];

  engine(options: Partial<DuckDbOptions> = {}): DuckDbEngine {
    const engine = new DuckDbEngine({
      path: this.path,
      readOnly: false,
      memoryLimit: '256MB',
      spillDir: join(this.folder, 'spill'),
      recordTtlS: 3600,
      concurrency: 4,
      timeoutMs: 60_000,
      ...options,
    });
    this.#engines.push(engine);
    return engine;
  }

  async close(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const NEVER = new AbortController().signal;

export const ask = (
  engine: DuckDbEngine,
  sql: string,
  request: Partial<QueryRequest> = {},
  signal: AbortSignal = NEVER,
): Promise<QueryAnswer> =>
  engine.execute(
    { sql, parameters: [], maxRows: 1000, key: randomUUID(), sources: [], ...request },
    signal,
  );

export const script = (engine: DuckDbEngine, sql: string, key: string = randomUUID()) =>
  engine.executeScript({ sql, key }, NEVER);
