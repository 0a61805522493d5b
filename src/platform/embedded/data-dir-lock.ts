import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isObject } from '../../common/objects.js';
import { EmbeddedDataDirError, EmbeddedDataDirInUseError } from './embedded.errors.js';
import { ownFolder } from './private-folder.js';

const LOCK_FILE = 'lock.sqlite';
const OWNER_FILE = 'owner.json';

/**
 * Keeps a second process out of a data folder.
 *
 * The lock is SQLite's own, held by the operating system: it ends with the process, however that ends, so there are no
 * stale locks. The owner file only names the holder.
 */
export class DataDirLock {
  readonly #database: DatabaseSync;
  readonly #ownerFile: string;

  private constructor(database: DatabaseSync, ownerFile: string) {
    this.#database = database;
    this.#ownerFile = ownerFile;
  }

  /**
   * Creates the folder if it is missing, and locks it.
   *
   * @throws {EmbeddedDataDirInUseError} another process, or another stack of this one, has it
   * @throws {EmbeddedDataDirError} the folder cannot be made or written to
   */
  static take(dataDir: string): DataDirLock {
    const ownerFile = join(dataDir, OWNER_FILE);
    let database: DatabaseSync | undefined;
    try {
      // Only for this user: it contains sessions, objects and credentials.
      ownFolder(dataDir);
      database = new DatabaseSync(join(dataDir, LOCK_FILE), { timeout: 0 });
      database.exec('BEGIN EXCLUSIVE');
      writeFileSync(
        ownerFile,
        JSON.stringify({ pid: process.pid, started_at: new Date().toISOString() }),
        { mode: 0o600 },
      );
    } catch (error) {
      database?.close();
      if (isLocked(error)) throw new EmbeddedDataDirInUseError(dataDir, readOwner(ownerFile));
      throw new EmbeddedDataDirError(dataDir, error);
    }
    return new DataDirLock(database, ownerFile);
  }

  release(): void {
    rmSync(this.#ownerFile, { force: true });
    this.#database.close();
  }
}

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

function isLocked(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

function readOwner(file: string): number | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const pid = isObject(owner) && 'pid' in owner && owner.pid;
    return typeof pid === 'number' ? pid : undefined;
  } catch {
    return undefined;
  }
}
