import type { Lineage, QueryAnswer, QueryRequest, ScriptRequest } from '../../query.engine.js';

/** How the process is started: its one argument, as JSON. */
export interface ChildOptions {
  /** Of the database's file, or `:memory:`. */
  readonly path: string;
  readonly readOnly: boolean;
  /** As DuckDB takes it, such as `1GB`. */
  readonly memoryLimit: string;
  /** Default: as DuckDB decides, one a core. */
  readonly threads?: number;
  /** Where DuckDB may put what does not fit into memory; empty: nowhere. */
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
