/**
 * The common form of a name's spellings: `entityName`, `entity_name` and `EntityName` are equal. Underscores at the
 * beginning and the end belong to the name.
 */
const bare = (name: string): string => name.replaceAll(/(?<=[^_])_+(?=[^_])/g, '').toLowerCase();

/** `entity_name` and `EntityName` as `entityName`; `URL` as `url`, `HTTPStatus` as `httpStatus`. */
export function lowerCamel(name: string): string {
  const begun = name.replace(/^\p{Lu}+(?=\p{Lu}\p{Ll}|\P{L}|$)|^\p{Lu}/u, (start) =>
    start.toLowerCase(),
  );
  return begun.replaceAll(/(?<=[^_])_+([^_])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * An object's values for some names, in any spelling. The name itself takes precedence over other spellings, of which
 * the first in the object is used.
 */
export function readSpelled(
  object: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Map<string, unknown> {
  const wanted = new Map(names.map((name) => [bare(name), name]));
  const found = new Map<string, unknown>();
  for (const key of Object.keys(object)) {
    const name = Object.hasOwn(object, key) ? wanted.get(bare(key)) : undefined;
    if (name !== undefined && !found.has(name)) found.set(name, object[key]);
  }
  for (const name of names) if (Object.hasOwn(object, name)) found.set(name, object[name]);
  return found;
}

/**
 * The object with some names spelled as they are given; its other keys stay as they are, unless they are other spellings
 * of these names.
 */
export function respelled(
  object: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> {
  const known = new Set(names.map(bare));
  const others = Object.entries(object).filter(([key]) => !known.has(bare(key)));
  return Object.fromEntries([...others, ...readSpelled(object, names)]);
}
