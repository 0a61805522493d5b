/** What hides a semicolon or a keyword: texts, quoted names, dollar quotes, comments. */
const HIDDEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g;

/** The same text with everything hidden blanked out, so that positions stay. */
export const withoutHidden = (sql: string): string =>
  sql.replace(HIDDEN, (hidden) => ' '.repeat(hidden.length));

/** The same text with its comments blanked out. */
export const withoutComments = (sql: string): string =>
  sql.replace(HIDDEN, (hidden) => (/^(--|\/\*)/.test(hidden) ? ' '.repeat(hidden.length) : hidden));

/** The statements of a script, as far as this can be told without DuckDB's parser: for lineage alone. */
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
