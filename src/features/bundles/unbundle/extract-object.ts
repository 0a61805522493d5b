import { randomUUID } from 'node:crypto';
import { link, mkdir, open, realpath, unlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { PermanentError } from '../../../transport/errors/index.js';
import { memberName } from '../archive/member-name.js';

const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;

/**
 * Writes one member of a bundle below a folder. The file appears when all its bytes are there and
 * were checked; one that is there already is never replaced, and no link leads out of the folder.
 *
 * @param name as the bundle has it, which is not believed.
 * @throws {PermanentError} when the name leads out of the folder, or a file of the name is there.
 */
export async function extractObject(
  name: string,
  pieces: AsyncIterable<Buffer>,
  to: string,
): Promise<void> {
  const named = memberName(name);
  if (!named.ok || named.name !== name) {
    throw new PermanentError(`${JSON.stringify(name)} is not a safe name, and was not extracted`);
  }
  try {
    await write(name, pieces, resolve(to));
  } catch (error) {
    throw error instanceof Error && 'code' in error && NO_NAME.has(error.code)
      ? new PermanentError(
          `${JSON.stringify(name)} cannot be the name of a file in this file system`,
          {
            cause: error,
          },
        )
      : error;
  }
}

/** The name is too long for the file system, or leads through a file. */
const NO_NAME: ReadonlySet<unknown> = new Set(['ENAMETOOLONG', 'ENOTDIR', 'EEXIST', 'EISDIR']);

async function write(name: string, pieces: AsyncIterable<Buffer>, folder: string): Promise<void> {
  const file = join(folder, ...name.split('/'));
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  const root = await realpath(folder);
  const requireInside = (path: string): void => {
    if (path === root || path.startsWith(root + sep)) return;
    throw new PermanentError(`${name} would be outside of ${folder}, as a link leads there`);
  };
  // Before a folder is made: it could be made outside.
  requireInside(await deepestExisting(dirname(file)));
  await mkdir(dirname(file), { recursive: true, mode: FOLDER_MODE });
  const parent = await realpath(dirname(file));
  requireInside(parent);
  const part = join(parent, `.weft-${randomUUID()}`);
  try {
    await writeNew(part, pieces);
    // Unlike a rename it fails where something of the name is.
    await link(part, file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new PermanentError(`${file} exists already, and was left as it is`, { cause: error });
    }
    throw error;
  } finally {
    await unlink(part).catch(() => undefined);
  }
}

/** Where a path leads as far as it exists. */
async function deepestExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return deepestExisting(dirname(path));
  }
}

async function writeNew(path: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  const handle = await open(path, 'wx', FILE_MODE);
  try {
    for await (const piece of pieces) await handle.writeFile(piece);
  } finally {
    await handle.close();
  }
}
