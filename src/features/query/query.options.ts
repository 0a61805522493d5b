import type { AthenaOptions } from './athena/athena.engine.js';
import type { ChildOptions } from './duckdb/child/protocol.js';

/** The options of queries, from the settings. */
export type QueryOptions = {
  /** Queries that run at once in this process. */
  readonly concurrency: number;
  /** Milliseconds after which a query is interrupted. */
  readonly timeoutMs: number;
  /** Folder for stored objects while a query reads or writes them. */
  readonly spoolDir: string;
} & (
  | { readonly engine: 'none' }
  | { readonly engine: 'duckdb'; readonly duckdb: ChildOptions }
  | { readonly engine: 'athena'; readonly athena: Omit<AthenaOptions, 'timeoutMs'> }
);
