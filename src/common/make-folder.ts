import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Creates a folder and those above it that are missing. Node's own recursive `mkdir` never returns in `/proc`: there
 * nobody can create a folder, and the system's error is that it does not exist.
 *
 * @param mode the permissions of new folders. Default: those the process's umask leaves.
 * @throws Error naming the folder, with the `code` of the system's error.
 */
export function makeFolder(path: string, mode?: number): void {
  const folder = resolve(path);
  try {
    make(folder, mode);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw Object.assign(
      new Error(`The folder ${folder} cannot be created (${message}). Choose another one`, {
        cause: error,
      }),
      { code, path: folder, syscall: 'mkdir' },
    );
  }
}

function make(folder: string, mode: number | undefined): void {
  const parent = dirname(folder);
  if (!exists(folder) && parent !== folder) make(parent, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // It was there, or another process has created it.
    if (!isFolder(folder)) throw error;
  }
}

/** Whether anything has this name, also a link that leads nowhere. */
const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
