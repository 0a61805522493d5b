import type { ChildOptions } from './protocol.js';
import type { RefusedFunctions } from './refused-functions.js';

/** The objects that all Commands of one process share. */
export interface CommandContext {
  readonly options: ChildOptions;
  readonly functions: RefusedFunctions;
}
