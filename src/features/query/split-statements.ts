import { hiddenTexts, type HiddenText } from './hidden-text.js';

/** Blanks out all hidden parts, keeping positions. */
export const withoutHidden = (sql: string): string => blanked(sql, () => true);

/** Blanks out comments, keeping positions. */
export const withoutComments = (sql: string): string => blanked(sql, ({ comment }) => comment);

/** The number of block comments, including nested and unclosed ones. */
export const blockComments = (sql: string): number =>
  blanked(sql, ({ comment }) => !comment).split('/*').length - 1;

function blanked(sql: string, isBlanked: (hidden: HiddenText) => boolean): string {
  const parts: string[] = [];
  let done = 0;
  for (const hidden of hiddenTexts(sql)) {
    if (!isBlanked(hidden)) continue;
    parts.push(sql.slice(done, hidden.from), ' '.repeat(hidden.to - hidden.from));
    done = hidden.to;
  }
  return parts.length === 0 ? sql : parts.join('') + sql.slice(done);
}

/** The statements of a script, found without DuckDB's parser; only for lineage. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let start = 0;
  const plain = withoutHidden(sql);
  for (let end = plain.indexOf(';'); end >= 0; end = plain.indexOf(';', start)) {
    if (plain.slice(start, end).trim() !== '') statements.push(sql.slice(start, end));
    start = end + 1;
  }
  if (plain.slice(start).trim() !== '') statements.push(sql.slice(start));
  return statements;
}
