import { execFileSync } from 'node:child_process';

/** Writes nothing any more, as on a full disk: its files may not grow by a byte. It must have a listener of SIGXFSZ. Linux alone. */
export const takeRoom = (pid: number): void => limitFiles(pid, '0');

export const giveRoom = (pid: number): void => limitFiles(pid, 'unlimited');

// The soft limit, which the process itself may raise again, and so may we.
const limitFiles = (pid: number, soft: string): void =>
  void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${soft}:unlimited`]);
