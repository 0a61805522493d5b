import type { SourceFormat } from './source-format.js';
import type { TableName } from '../../protocol/index.js';

/** A value that takes the place of a `?`, `$1` or `$name`. */
export type ParameterValue = string | number | boolean | null;
export type Parameters = readonly ParameterValue[] | Readonly<Record<string, ParameterValue>>;

/** Values of rows in a Result; see the table in docs/query.md. */
export type JsonValue =
  string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** A stored object, fetched, under the name it has in the query. */
export interface SourceFile {
  readonly name: string;
  readonly format: SourceFormat;
  /** A path in the spool folder. */
  readonly file: string;
}

export interface QueryRequest {
  readonly sql: string;
  readonly parameters: Parameters;
  readonly maxRows: number;
  /** Identifies the Command's work; an effect is recorded under it. */
  readonly key: string;
  readonly sources: readonly SourceFile[];
  /** A path in the spool folder for the rows as Parquet, instead of in the answer. */
  readonly targetFile?: string;
}

export type ScriptRequest = Pick<QueryRequest, 'sql' | 'key'>;

/** The tables and files that a query reads and writes, by the names it uses. */
export interface Lineage {
  readonly inputs: readonly TableReference[];
  readonly outputs: readonly TableReference[];
}

export type TableReference =
  | ({ readonly kind: 'table' } & TableName)
  /** A file function's argument. */
  | { readonly kind: 'file'; readonly path: string };

export interface QueryAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly JsonValue[])[];
  /** Number of rows in the answer, or written to the target. */
  readonly rowCount: number;
  /** Whether there were more rows or bytes than an answer holds. */
  readonly truncated: boolean;
  readonly lineage: Lineage;
}

export const NO_LINEAGE: Lineage = { inputs: [], outputs: [] };

/** Runs SQL. `none` has no engine; DuckDB and Athena each have one. */
export interface QueryEngine {
  /** The dialect in an ExecutionRecord. */
  readonly dialect: 'duckdb' | 'athena';
  /** The default database and schema of tables. */
  readonly defaults: { readonly database: string; readonly schema: string };
  /** @throws {EngineError} if the engine refuses the query or fails. */
  execute(request: QueryRequest, signal: AbortSignal): Promise<QueryAnswer>;
  /** Absent: this engine runs no scripts. @throws {EngineError} */
  executeScript?(request: ScriptRequest, signal: AbortSignal): Promise<Lineage>;
  /** Whether queries may read and write stored objects by `sources` and `target`. */
  readonly readsObjects: boolean;
  close(): Promise<void>;
}

export const QUERY_ENGINE = Symbol('QUERY_ENGINE');
