import type { RunOptions } from './handler.registry.js';

/** What this package's decorators hand to Nest as `extras`, under a name of their own. */
export const RUN_OPTIONS = 'snsSqs';

/** As a decorator of this package said; nothing of Nest's own. */
export const runOptions = (extras: Readonly<Record<string, unknown>>): RunOptions =>
  (extras[RUN_OPTIONS] as RunOptions | undefined) ?? {};
