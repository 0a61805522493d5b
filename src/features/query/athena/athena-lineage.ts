import { NO_LINEAGE, type Lineage, type TableReference } from '../query.engine.js';
import { splitStatements, withoutComments } from '../split-statements.js';
import { NAME, tableNamed, writtenTable } from '../written-table.js';

const QUALIFIED = new RegExp(String.raw`${NAME}(?:\s*\.\s*${NAME}){0,2}`, 'y');
const NEXT = /\s*(,\s*|\()?/y;
const CTE = new RegExp(
  String.raw`(?:\bwith(?:\s+recursive)?|,)\s*(${NAME})\s*(?:\([^()]*\)\s*)?as\s*\(`,
  'gi',
);
const TEXTS = /'[^']*'/g;

/**
 * The tables that Athena SQL names after FROM and JOIN, without its CTEs, and the table it writes. Athena offers no
 * parser, so this is an approximation by names.
 */
export function athenaLineage(sql: string): Lineage {
  if (splitStatements(sql).length !== 1) return NO_LINEAGE;
  const plain = withoutComments(sql).replace(TEXTS, (text) => ' '.repeat(text.length));
  const ctes = new Set([...plain.matchAll(CTE)].map(([, name = '']) => name.toLowerCase()));
  const written = writtenTable(sql);
  const inputs = new Map<string, TableReference>();
  const reading = plain.slice(written?.end ?? 0);
  for (const { index, 0: word } of reading.matchAll(/\b(?:from|join)\s+/gi)) {
    for (const name of namesAt(reading, index + word.length)) {
      if (!ctes.has(name.toLowerCase())) inputs.set(name.toLowerCase(), tableNamed(name));
    }
  }
  return { inputs: [...inputs.values()], outputs: written ? [written.table] : [] };
}

/** The comma-separated names at a position; a name before a bracket is a function. */
function namesAt(text: string, start: number): string[] {
  const names: string[] = [];
  for (let at = start; ;) {
    QUALIFIED.lastIndex = at;
    const [name] = QUALIFIED.exec(text) ?? [];
    if (name === undefined) return names;
    NEXT.lastIndex = at + name.length;
    const [gap = '', next] = NEXT.exec(text) ?? [];
    if (next === '(') return names;
    names.push(name);
    if (next === undefined) return names;
    at += name.length + gap.length;
  }
}
