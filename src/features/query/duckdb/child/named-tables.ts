import { isJsonObject } from '../../../../common/objects.js';
import type { TableReference } from '../../query.engine.js';

/** Table functions whose first argument names a file. */
const FILE_FUNCTION = /^(read_|parquet_|sniff_|glob$)/;

interface Node {
  readonly [field: string]: unknown;
}

/** Names that are CTEs at this point. */
type Scope = ReadonlySet<string>;

/**
 * The tables a SELECT names, from the tree of `json_serialize_sql`: including joins, subqueries and unions, without
 * CTEs that are in scope, and with file functions as files.
 */
export function namedTables(tree: unknown): TableReference[] {
  const found = new Map<string, TableReference>();
  visit(tree, new Set(), (reference) => found.set(JSON.stringify(reference), reference));
  return [...found.values()];
}

function visit(value: unknown, scope: Scope, add: (reference: TableReference) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, scope, add);
    return;
  }
  if (!isJsonObject(value)) return;
  const inner = addCtes(value, scope, add);
  if (value['type'] === 'BASE_TABLE') addTable(value, inner, add);
  if (value['type'] === 'TABLE_FUNCTION') addFile(value, add);
  for (const [field, child] of Object.entries(value)) {
    if (field !== 'cte_map') visit(child, inner, add);
  }
}

/** A CTE can refer to those before it, and to itself only if its node says that it is recursive. */
function addCtes(node: Node, scope: Scope, add: (reference: TableReference) => void): Scope {
  const { cte_name: name, cte_map: map } = node;
  const entries: unknown = isJsonObject(map) ? map['map'] : undefined;
  const ctes = Array.isArray(entries) ? (entries as unknown[]) : [];
  // Most nodes have none, and a statement of thousands of CTEs has many nodes.
  if (typeof name !== 'string' && ctes.length === 0) return scope;
  const names = new Set(scope);
  if (typeof name === 'string') names.add(name.toLowerCase());
  for (const entry of ctes) {
    if (!isJsonObject(entry)) continue;
    visit(entry['value'], names, add);
    names.add(String(entry['key']).toLowerCase());
  }
  return names;
}

function addTable(node: Node, scope: Scope, add: (reference: TableReference) => void): void {
  const { catalog_name: database, schema_name: schema, table_name: name } = node;
  if (typeof name !== 'string' || name === '') return;
  if (!schema && scope.has(name.toLowerCase())) return;
  add({
    kind: 'table',
    ...(typeof database === 'string' && database !== '' && { database }),
    ...(typeof schema === 'string' && schema !== '' && { schema }),
    name,
  });
}

function addFile(node: Node, add: (reference: TableReference) => void): void {
  const call = isJsonObject(node['function']) ? node['function'] : {};
  if (!FILE_FUNCTION.test(String(call['function_name']))) return;
  const [first] = Array.isArray(call['children']) ? (call['children'] as unknown[]) : [];
  const constant =
    isJsonObject(first) && isJsonObject(first['value']) ? first['value']['value'] : undefined;
  if (typeof constant === 'string') add({ kind: 'file', path: constant });
}
