import { createHash } from 'node:crypto';

/** What stands for characters that no id may have; `Z` begins each, and whatever else is written otherwise. */
const MARKS: Readonly<Record<string, string>> = { '-': 'd', _: 'u', '.': 'p', ':': 'c' };
const BETWEEN_NAMES = 'Zs';
const CUT = 'Zh';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_LENGTH = 255;
const HASH_LENGTH = 32;

/**
 * What a template calls a resource, in letters and digits: of the kind `Queue` and the name `orders-new`
 * `QueueOrdersNew`. Different names never share an id, and a name's id depends on nothing else: under another id
 * the resource would be deleted and created again.
 *
 * @param kind one word with a capital letter.
 */
export function logicalId(kind: string, ...names: readonly string[]): string {
  const id = kind + names.map((name) => inLetters(`-${name}`)).join(BETWEEN_NAMES);
  if (id.length <= MAX_LENGTH) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_LENGTH);
  return `${id.slice(0, MAX_LENGTH - HASH_LENGTH - CUT.length)}${CUT}${hash}`;
}

/** A capital letter is a dash and its letter; what that cannot say has a mark. */
const inLetters = (name: string): string =>
  name.replaceAll(/-([a-y])|[^a-z0-9]/g, (character, letter: string | undefined) =>
    letter === undefined ? `Z${MARKS[character] ?? character}` : letter.toUpperCase(),
  );
