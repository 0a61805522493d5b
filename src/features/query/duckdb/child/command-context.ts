import type { ChildOptions } from './protocol.js';
import type { RefusedFunctions } from './refused-functions.js';

/** What Commands of one process have in common. */
export interface CommandContext {
  readonly options: ChildOptions;
  readonly functions: RefusedFunctions;
}
