import { createHash } from 'node:crypto';

/** Hexadecimal digits that distinguish two objects of one name; more are used if these collide. */
const DIGITS = [8, 16, 64] as const;

/**
 * The names in one archive. Two keys can have the same name, or one name can be a folder of the other: then the later
 * object goes into a folder of its own, called `~` and a hash of its identity.
 */
export class MemberNames {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /**
   * Reserves a name that is unique in the archive.
   *
   * @param identity names the object; the same input gives the same name.
   */
  take(name: string, identity: string): string {
    const hash = createHash('sha256').update(identity).digest('hex');
    const candidates = [name, ...DIGITS.map((digits) => `~${hash.slice(0, digits)}/${name}`)];
    const free = candidates.find((candidate) => this.#isFree(candidate));
    const taken = free ?? this.#numbered(`~${hash}`, name);
    this.#files.add(taken);
    for (const folder of foldersOf(taken)) this.#folders.add(folder);
    return taken;
  }

  #numbered(folder: string, name: string): string {
    for (let number = 2; ; number++) {
      const candidate = `${folder}-${number}/${name}`;
      if (this.#isFree(candidate)) return candidate;
    }
  }

  #isFree(name: string): boolean {
    return (
      !this.#files.has(name) &&
      !this.#folders.has(name) &&
      !foldersOf(name).some((folder) => this.#files.has(folder))
    );
  }
}

function foldersOf(name: string): string[] {
  const folders: string[] = [];
  for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) {
    folders.push(name.slice(0, at));
  }
  return folders;
}
