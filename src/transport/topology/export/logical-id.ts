import { createHash } from 'node:crypto';

/** Replacements for characters that an id may not have, each after a `Z`. */
const MARKS: Readonly<Record<string, string>> = { '-': 'd', _: 'u', '.': 'p', ':': 'c' };
const BETWEEN_NAMES = 'Zs';
const CUT = 'Zh';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_LENGTH = 255;
const HASH_LENGTH = 32;

/**
 * The id of a resource in a template, of letters and digits: the kind `Queue` and the name `orders-new` give
 * `QueueOrdersNew`. Different names never share an id, and an id depends only on its name: with a changed id the
 * resource would be deleted and created again.
 *
 * @param kind one word with a capital letter.
 */
export function logicalId(kind: string, ...names: readonly string[]): string {
  const id = kind + names.map((name) => inLetters(`-${name}`)).join(BETWEEN_NAMES);
  if (id.length <= MAX_LENGTH) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_LENGTH);
  return `${id.slice(0, MAX_LENGTH - HASH_LENGTH - CUT.length)}${CUT}${hash}`;
}

/** A dash and a letter become a capital letter; other characters get a replacement. */
const inLetters = (name: string): string =>
  name.replaceAll(/-([a-y])|[^a-z0-9]/g, (character, letter: string | undefined) =>
    letter === undefined ? `Z${MARKS[character] ?? character}` : letter.toUpperCase(),
  );
