import { StoreCorruptError, StoreUnavailableError } from '../persistence.errors.js';

// https://www.sqlite.org/rescode.html; the low byte of an extended code is the primary one.
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const CONSTRAINT = 19;
const NOTADB = 26;

const OTHERS_WRITE =
  'another process has been writing for too long. If a process that uses this folder is stopped, continue or end it';
const NOT_WRITABLE =
  'it cannot be opened for writing. Give this user the right to write to it and its folder, or set WEFT_DATA_DIR';
const NO_ROOM = 'it cannot be written. Free some space on its disk';
const REASONS: ReadonlyMap<number, string> = new Map([
  [BUSY, OTHERS_WRITE],
  [LOCKED, OTHERS_WRITE],
  [READONLY, NOT_WRITABLE],
  [CANTOPEN, NOT_WRITABLE],
  [FULL, NO_ROOM],
  [IOERR, NO_ROOM],
]);

/** Errors of the folder, which is created before SQLite opens the file. */
const SYSTEM_REASONS: ReadonlyMap<string, string> = new Map([
  ['EACCES', NOT_WRITABLE],
  ['EPERM', NOT_WRITABLE],
  ['EROFS', NOT_WRITABLE],
  ['ENOTDIR', NOT_WRITABLE],
  ['ENOENT', NOT_WRITABLE],
  ['EEXIST', NOT_WRITABLE],
  ['ELOOP', NOT_WRITABLE],
  ['ENAMETOOLONG', NOT_WRITABLE],
  ['ENOSPC', NO_ROOM],
]);

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** SQLite's primary result code, or undefined when the error is not SQLite's. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/** Whether another process is writing. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === BUSY || code === LOCKED;
}

export function isConstraintViolation(error: unknown): boolean {
  return resultCode(error) === CONSTRAINT;
}

/** Translates SQLite's error; returns it unchanged if it is a mistake in this code. */
export function translated(error: unknown, file: string): unknown {
  const code = resultCode(error) ?? 0;
  const reason = REASONS.get(code) ?? SYSTEM_REASONS.get(systemCode(error));
  if (reason !== undefined) {
    const message = `The documents in ${file} are not available: ${reason}`;
    return new StoreUnavailableError(message, error);
  }
  if (code !== CORRUPT && code !== NOTADB) return error;
  return new StoreCorruptError(
    `The documents in ${file} are damaged. Restore a backup of the file, or move it away to start with no documents`,
    { cause: error },
  );
}
