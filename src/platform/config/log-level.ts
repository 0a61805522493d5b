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

/** The level of a word in any case; undefined if there is none. */
export function logLevelOf(word: string): LogLevel | undefined {
  const name = word.toLowerCase();
  return Object.hasOwn(LEVELS, name) ? LEVELS[name] : undefined;
}
