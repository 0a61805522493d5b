import type { TableReference } from './query.engine.js';
import { withoutComments } from './split-statements.js';

/** A name, quoted or not. Limited, because an endless one would need a stack as deep. */
export const NAME = String.raw`(?:"(?:[^"]|""){1,1000}"|[A-Za-z_][\w$]*)`;
/** The beginning of a writing statement, up to its table. */
const WRITTEN = new RegExp(
  String.raw`^\s*(?:create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:table|view)\s+(?:if\s+not\s+exists\s+)?|insert\s+(?:or\s+\w+\s+)?into\s+|update\s+|delete\s+from\s+|merge\s+into\s+)(${NAME}(?:\s*\.\s*${NAME}){0,2})`,
  'i',
);

/** The table that a statement writes, and the end of its name; undefined for a reading statement. */
export function writtenTable(sql: string): { table: TableReference; end: number } | undefined {
  const [start = '', written] = WRITTEN.exec(withoutComments(sql)) ?? [];
  return written === undefined ? undefined : { table: tableNamed(written), end: start.length };
}

/** Parses a qualified name. */
export function tableNamed(written: string): TableReference {
  const parts = [...written.matchAll(new RegExp(NAME, 'g'))].map(([part]) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part,
  );
  const [name = '', schema, database] = parts.toReversed();
  return {
    kind: 'table',
    ...(database !== undefined && { database }),
    ...(schema !== undefined && { schema }),
    name,
  };
}
