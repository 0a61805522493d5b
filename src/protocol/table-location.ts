/** The name of a table in a program. */
export interface TableName {
  /** Absent: the default database. */
  readonly database?: string | undefined;
  /** Absent: the default schema. */
  readonly schema?: string | undefined;
  readonly name: string;
}

/** The default database and schema. */
export interface TableDefaults {
  readonly database: string;
  readonly schema: string;
}

/**
 * The location of a table in lineage: `schema.table`, or `database.schema.table` where the database is not the default
 * one. Queries and dbt both use it, so that the tables that dbt wrote and a query read have the same location. In lower
 * case, as DuckDB and Athena compare names.
 *
 * @example
 * tableLocation({ name: 'Orders' }, { database: 'weft', schema: 'main' }); // 'main.orders'
 */
export function tableLocation(
  { database, schema, name }: TableName,
  defaults: TableDefaults,
): string {
  // `weft.orders` names the database; the schema is `main`.
  const inDefault = schema === undefined || (!database && same(schema, defaults.database));
  const parts = [inDefault ? defaults.schema : schema, name];
  if (database !== undefined && !same(database, defaults.database)) parts.unshift(database);
  return parts.join('.').toLowerCase();
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
