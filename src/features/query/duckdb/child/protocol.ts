import type { Lineage, QueryAnswer, QueryRequest, ScriptRequest } from '../../query.engine.js';

/** Options of the process: its one argument, as JSON. */
export interface ChildOptions {
  /** Path of the database file, or `:memory:`. */
  readonly path: string;
  readonly readOnly: boolean;
  /** In DuckDB's form, such as `1GB`. */
  readonly memoryLimit: string;
  /** Default: DuckDB's own, one for each core. */
  readonly threads?: number;
  /** Folder for data that does not fit into memory; empty: none. */
  readonly spillDir: string;
  /** Seconds that the record of a Command is kept. */
  readonly recordTtlS: number;
}

export type ChildRequest =
  | { readonly kind: 'execute'; readonly id: number; readonly request: QueryRequest }
  | { readonly kind: 'script'; readonly id: number; readonly request: ScriptRequest }
  | { readonly kind: 'interrupt'; readonly id: number };

export interface ChildFailure {
  readonly message: string;
  readonly reason: string;
  readonly retryable: boolean;
  readonly interrupted: boolean;
  readonly lineage: Lineage;
}

export type ChildAnswer =
  | { readonly id: number; readonly answer: QueryAnswer }
  | { readonly id: number; readonly failure: ChildFailure };
