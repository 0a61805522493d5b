import type { TableDefaults } from '../protocol/index.js';
import type { DatabaseLease } from './database-lease.js';

/** The database that queries of this process run on, for others that work on the same one. */
export interface QueryDatabase {
  /** What a table's name means that names no database and no schema. */
  readonly defaults: TableDefaults;
  /** Absent: processes need not take turns. */
  readonly lease?: DatabaseLease;
}

/** Injection token of the `QueryDatabase`; absent where no queries are set up. */
export const QUERY_DATABASE = Symbol('QUERY_DATABASE');
