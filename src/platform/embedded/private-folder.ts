import { chmodSync, lstatSync, readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../common/make-folder.js';

const OTHERS = 0o077;
const FOLDER_OF_OWNER = 0o700;
const FILE_OF_OWNER = 0o600;

/**
 * Creates a folder that only this user can access, or restricts an existing one and its contents.
 *
 * @throws Error for a link, or if the folder or an entry belongs to another user, who may have planted it.
 */
export function ownFolder(path: string): void {
  makeFolder(path, FOLDER_OF_OWNER);
  requireOwn(path, lstatSync(path));
  const folder = statSync(path);
  requireOwn(path, folder);
  if (!folder.isDirectory()) throw new Error(`${path} is not a folder`);
  closeToOthers(path, folder);
  for (const name of readdirSync(path)) {
    const entry = join(path, name);
    const found = lstatSync(entry, { throwIfNoEntry: false });
    if (!found) continue;
    requireOwn(entry, found);
    if (found.isDirectory() || found.isFile()) closeToOthers(entry, found);
  }
}

function requireOwn(path: string, { uid }: Stats): void {
  // Windows has no such ids; there the folder's location makes it the user's own.
  const own = process.getuid?.();
  if (own === undefined || uid === own) return;
  throw new Error(`${path} belongs to another user (uid ${uid}, this process runs as ${own})`);
}

function closeToOthers(path: string, entry: Stats): void {
  if (process.getuid === undefined || (entry.mode & OTHERS) === 0) return;
  chmodSync(path, entry.isDirectory() ? FOLDER_OF_OWNER : FILE_OF_OWNER);
}
