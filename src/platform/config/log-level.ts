import type { LogLevel } from './settings.js';

/** The levels of pino, and the names that Python's logging has for two of them. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  fatal: 'fatal',
  critical: 'fatal',
  error: 'error',
  warn: 'warn',
  warning: 'warn',
  info: 'info',
  debug: 'debug',
  trace: 'trace',
  silent: 'silent',
};

/** The level that a word names, in any case; undefined: none. */
export function logLevelOf(word: string): LogLevel | undefined {
  const name = word.toLowerCase();
  return Object.hasOwn(LEVELS, name) ? LEVELS[name] : undefined;
}
