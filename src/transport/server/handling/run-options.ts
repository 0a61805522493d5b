import type { RunOptions } from './handler.registry.js';

/** The key in Nest's `extras` for the options of this package's decorators. */
export const RUN_OPTIONS = 'snsSqs';

/** The options set by this package's decorators; empty for Nest's own. */
export const runOptions = (extras: Readonly<Record<string, unknown>>): RunOptions =>
  (extras[RUN_OPTIONS] as RunOptions | undefined) ?? {};
