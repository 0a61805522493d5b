import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ownFolder } from '../platform/embedded/private-folder.js';

/** What this process writes is for its user alone. */
const UMASK = 0o077;

/**
 * What every program of Weft does first, before the first large import: files it makes are its user's alone, and so is
 * the folder that compiled code is kept in. Node's own default is one that all users of the machine share, and code that
 * another of them puts there would be run.
 *
 * Two thousand modules are compiled at start, and need be only once.
 * https://nodejs.org/api/module.html#moduleenablecompilecachecachedir
 */
export function prepareProcess(): void {
  process.umask(UMASK);
  try {
    const folder = join(homedir(), '.cache', 'weft', 'compile-cache');
    ownFolder(folder);
    module.enableCompileCache(folder);
  } catch {
    // Without a home of one's own the code is compiled at each start.
  }
}
