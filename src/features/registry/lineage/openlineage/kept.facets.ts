import { isObject } from '../../../../common/objects.js';
import { isJsonObject, type JsonObject } from '../../../../protocol/index.js';
import { fromStoredKeys } from '../../../../platform/persistence/index.js';
import { MAX_FACET_BYTES } from './openlineage.constants.js';

/** Levels of nesting of one facet: a document has 90 in all. */
const MAX_FACET_DEPTH = 50;

/**
 * Merges facets with the stored ones; later ones replace them. Facets that are nested too deeply are dropped, and the
 * rest is kept, in order, while there is room.
 */
export function keptFacets(stored: JsonObject | undefined, later: JsonObject): JsonObject {
  const all = join(stored === undefined ? {} : fromStoredKeys(stored), later);
  let room = MAX_FACET_BYTES;
  const kept: [string, unknown][] = [];
  for (const [name, facet] of Object.entries(all)) {
    const value = isJsonObject(facet) ? within(facet, room) : facet;
    // Checks the depth first, because endless nesting cannot be serialised.
    if (isDeeper(value, MAX_FACET_DEPTH)) continue;
    const bytes = jsonBytes(value);
    if (bytes > room) continue;
    room -= bytes;
    kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}

function join(before: JsonObject, later: JsonObject): JsonObject {
  const joined = Object.entries(later).map(([name, facet]) => {
    const known: unknown = before[name];
    return [name, isJsonObject(known) && isJsonObject(facet) ? { ...known, ...facet } : facet];
  });
  return { ...before, ...Object.fromEntries(joined) };
}

/** Drops facets of a group that are too large or too deep. */
function within(group: JsonObject, room: number): JsonObject {
  let left = room;
  return Object.fromEntries(
    Object.entries(group).filter(([, facet]) => {
      if (isDeeper(facet, MAX_FACET_DEPTH)) return false;
      const bytes = jsonBytes(facet);
      if (bytes > left) return false;
      left -= bytes;
      return true;
    }),
  );
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value ?? null));

function isDeeper(value: unknown, max: number): boolean {
  const pending: { readonly node: unknown; readonly depth: number }[] = [{ node: value, depth: 0 }];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { node, depth } = item;
    if (!isObject(node)) continue;
    if (depth > max) return true;
    for (const child of Object.values(node)) pending.push({ node: child, depth: depth + 1 });
  }
  return false;
}
