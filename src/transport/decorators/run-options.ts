import type { RetryOptions } from '../retry.options.js';
import type { BatchOptions } from './batch.options.js';

/** A decorator's options for running its handler. */
export interface RunOptions {
  /** Present if the handler takes its messages in batches. */
  readonly batch?: BatchOptions | undefined;
  readonly timeoutMs?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Whether requests must be handled even when their caller has stopped waiting. */
  readonly durable?: boolean | undefined;
}

/** The key in Nest's `extras` for the options of this package's decorators. */
export const RUN_OPTIONS = 'snsSqs';

/** The options set by this package's decorators; empty for Nest's own. */
export const runOptions = (extras: Readonly<Record<string, unknown>>): RunOptions =>
  (extras[RUN_OPTIONS] as RunOptions | undefined) ?? {};
