import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ownFolder } from '../platform/embedded/private-folder.js';

/** Files of this process are only for its user. */
const UMASK = 0o077;

/**
 * Every program of Weft calls this before its first large import. It restricts new files to this user, and keeps
 * compiled code in a private folder. Node's default folder is shared by all users of the machine, so another user could
 * place code there that would be run.
 *
 * Caching saves compiling two thousand modules at each start.
 * https://nodejs.org/api/module.html#moduleenablecompilecachecachedir
 */
export function prepareProcess(): void {
  process.umask(UMASK);
  try {
    const folder = join(homedir(), '.cache', 'weft', 'compile-cache');
    ownFolder(folder);
    module.enableCompileCache(folder);
  } catch {
    // Without a home folder the code is compiled at each start.
  }
}
