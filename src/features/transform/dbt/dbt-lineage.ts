import { DataReference, tableLocation, type TableDefaults } from '../../../protocol/index.js';
import type { DbtAction } from '../transform.constants.js';
import type { DbtArtifacts, DbtNode, DbtNodeResult } from './artifacts.js';

const WRITES: ReadonlySet<DbtAction> = new Set(['run', 'seed', 'build']);
const WRITTEN: ReadonlySet<string> = new Set(['model', 'seed', 'snapshot']);
const NOT_RUN: ReadonlySet<string> = new Set(['skipped', 'error', 'no-op']);

interface DbtLineage {
  readonly inputs: readonly DataReference[];
  readonly outputs: readonly DataReference[];
}

/**
 * The lineage of a run. Outputs are the models, seeds and snapshots that succeeded; inputs are their parents, including
 * sources and the files of seeds. The inputs of a test are the tables it tested; a compilation has none.
 */
export function lineageOf(
  action: DbtAction,
  { nodes, results }: DbtArtifacts,
  given: TableDefaults | undefined,
): DbtLineage {
  if (action === 'compile') return { inputs: [], outputs: [] };
  const isShared = [...nodes.values()].some(({ database }) => database === given?.database);
  const defaults = given && isShared ? given : mostUsed(nodes);
  const worked = results.filter(({ status }) => !NOT_RUN.has(status));
  const inputs = new Map<string, DataReference>();
  const outputs = new Map<string, DataReference>();
  for (const result of worked) {
    const node = nodes.get(result.id);
    if (node === undefined) continue;
    if (WRITES.has(action) && !WRITTEN.has(node.resourceType)) continue;
    for (const parent of tablesAbove(node, nodes)) {
      const location = locationOf(parent, defaults);
      inputs.set(location, tableOf(parent, location));
    }
    if (!WRITES.has(action) || !isTable(node)) continue;
    const location = locationOf(node, defaults);
    outputs.set(location, tableOf(node, location, result));
    if (node.resourceType === 'seed' && node.file !== '') inputs.set(node.file, fileOf(node));
  }
  return { inputs: [...inputs.values()], outputs: [...outputs.values()] };
}

/** An ephemeral model has no table, so its inputs count as inputs of its children. */
function tablesAbove(
  node: DbtNode,
  nodes: DbtArtifacts['nodes'],
  seen = new Set<string>(),
): DbtNode[] {
  return node.parents.flatMap((id) => {
    const parent = nodes.get(id);
    if (parent === undefined || seen.has(id)) return [];
    seen.add(id);
    return isTable(parent) ? [parent] : tablesAbove(parent, nodes, seen);
  });
}

const isTable = ({ resourceType, materialized }: DbtNode): boolean =>
  (WRITTEN.has(resourceType) || resourceType === 'source') && materialized !== 'ephemeral';

const locationOf = ({ database, schema, relation }: DbtNode, defaults: TableDefaults): string =>
  tableLocation({ database, schema, name: relation }, defaults);

const tableOf = ({ id }: DbtNode, location: string, result?: DbtNodeResult): DataReference =>
  new DataReference({
    ref_type: 'table',
    location,
    metadata: { dbt_node: id, ...(result && result.rows !== null && { row_count: result.rows }) },
  });

const fileOf = ({ file, id }: DbtNode): DataReference =>
  new DataReference({
    ref_type: 'file',
    location: file,
    format: 'csv',
    metadata: { dbt_node: id },
  });

/** For a project that shares no database with queries, the most used database is the default. */
function mostUsed(nodes: DbtArtifacts['nodes']): TableDefaults {
  const uses = new Map<string, number>();
  for (const { database, resourceType } of nodes.values()) {
    if (database === undefined || !WRITTEN.has(resourceType)) continue;
    uses.set(database, (uses.get(database) ?? 0) + 1);
  }
  const [most] = [...uses].toSorted(([, a], [, b]) => b - a);
  return { database: most?.[0] ?? '', schema: 'main' };
}
