import type { DataReference } from './data-reference.js';
import type { Event } from './event.js';
import type { ExecutionRecord } from './execution-record.js';
import type { JsonObject } from './json.js';

/**
 * The return value of a Command handler. The framework adds ids, handler and duration, and publishes the Result.
 */
export interface Outcome {
  data: JsonObject | null;
  /**
   * Whether the work continues: the Result is then `pending`, and the part that does the work publishes a second one
   * with the same ids when it ends. Default false.
   */
  pending?: boolean;
  inputs?: DataReference[];
  outputs?: DataReference[];
  executions?: ExecutionRecord[];
  /** Published after the handler has succeeded. */
  events?: Event[];
}
