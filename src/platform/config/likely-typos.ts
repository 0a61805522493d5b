/** A variable that no setting reads, and the setting it looks like. */
export interface LikelyTypo {
  readonly variable: string;
  readonly meant: string;
}

/** Letters to insert, drop or replace; two letters that changed places are two. */
const MAX_EDITS = 2;
/** Shorter names, such as PORT, look like too many others. */
const MIN_LENGTH = 8;

/** The variables that were set, are no settings, and differ from one by a letter or two. */
export function likelyTypos(env: NodeJS.ProcessEnv, settings: readonly string[]): LikelyTypo[] {
  const known = new Set(settings);
  const long = settings.filter(({ length }) => length >= MIN_LENGTH);
  return Object.keys(env).flatMap((variable) => {
    if (known.has(variable) || env[variable] === '') return [];
    const name = variable.toUpperCase();
    const meant = long.find((setting) => env[setting] === undefined && isNear(name, setting));
    return meant === undefined ? [] : [{ variable, meant }];
  });
}

function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > MAX_EDITS) return false;
  // Levenshtein's distance, row by row.
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return (row.at(-1) ?? 0) <= MAX_EDITS;
}
