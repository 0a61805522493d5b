import { randomUUID } from 'node:crypto';
import { link, open, realpath, unlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { makeFolder } from '../../../common/make-folder.js';
import { PermanentError } from '../../../transport/errors/index.js';
import { memberName } from '../archive/member-name.js';

const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;

/**
 * Extracts one member of a bundle into a folder. The file appears only when all its bytes are written and verified. An
 * existing file is never replaced, and no link can lead out of the folder.
 *
 * @param name the name in the bundle, which is not trusted.
 * @throws {PermanentError} if the name leads out of the folder, or the file exists.
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

/** Codes for a name that is too long for the file system, or leads through a file. */
const NO_NAME: ReadonlySet<unknown> = new Set(['ENAMETOOLONG', 'ENOTDIR', 'EEXIST', 'EISDIR']);

async function write(name: string, pieces: AsyncIterable<Buffer>, folder: string): Promise<void> {
  const file = join(folder, ...name.split('/'));
  makeFolder(folder, FOLDER_MODE);
  const root = await realpath(folder);
  const requireInside = (path: string): void => {
    if (path === root || path.startsWith(root + sep)) return;
    throw new PermanentError(`${name} would be outside of ${folder}, as a link leads there`);
  };
  // Checked before a folder is created, which could otherwise be created outside.
  requireInside(await deepestExisting(dirname(file)));
  makeFolder(dirname(file), FOLDER_MODE);
  const parent = await realpath(dirname(file));
  requireInside(parent);
  const part = join(parent, `.weft-${randomUUID()}`);
  try {
    await writeNew(part, pieces);
    // Unlike a rename, it fails if the name exists.
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

/** The real path of the existing part of a path. */
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
