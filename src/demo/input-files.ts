import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

export interface InputFile {
  /** Where it is on this machine. */
  readonly file: string;
  /** Its path in the container: relative to the folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
}

export interface InputFolder {
  readonly folder: string;
  readonly files: readonly InputFile[];
  /** Files that do not fit into one Command. */
  readonly skipped: readonly InputFile[];
}

const LEFT_OUT = new Set(['node_modules', 'dist', 'coverage']);
// A Command contains the file in base64, and the embedded S3 accepts at most 11 MiB at once.
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/**
 * The regular files below a folder, in a stable order.
 *
 * @throws {Error} when the folder cannot be read or holds no file.
 */
export async function readInputFolder(input: string): Promise<InputFolder> {
  const folder = resolve(input);
  const found = await filesBelow(folder, '');
  if (found.length === 0)
    throw new Error(`${folder} holds no file that could be stored: choose another --input`);
  const files = found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return {
    folder,
    files: files.filter(({ bytes }) => bytes <= MAX_FILE_BYTES),
    skipped: files.filter(({ bytes }) => bytes > MAX_FILE_BYTES),
  };
}

/** Excluded folders are not even read: node_modules has more files than all the rest. */
async function filesBelow(folder: string, path: string): Promise<InputFile[]> {
  const entries = await readdir(join(folder, path), { withFileTypes: true });
  const found = entries.map(async (entry): Promise<InputFile[]> => {
    if (entry.name.startsWith('.') || LEFT_OUT.has(entry.name)) return [];
    const inside = path === '' ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(folder, inside);
    if (!entry.isFile()) return [];
    const file = join(folder, inside);
    return [{ file, path: inside, bytes: (await stat(file)).size }];
  });
  return (await Promise.all(found)).flat();
}
