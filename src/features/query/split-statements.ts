import { hiddenTexts, type HiddenText } from './hidden-text.js';

/** The same text with everything hidden blanked out, so that positions stay. */
export const withoutHidden = (sql: string): string => blanked(sql, () => true);

/** The same text with its comments blanked out. */
export const withoutComments = (sql: string): string => blanked(sql, ({ comment }) => comment);

/** How many comments between marks there are, those within others and those that are not closed included. */
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

/** The statements of a script, as far as they can be found without DuckDB's parser: for lineage alone. */
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
