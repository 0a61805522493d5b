import type { DataReference } from './data-reference.js';
import type { Event } from './event.js';
import type { ExecutionRecord } from './execution-record.js';
import type { JsonObject } from './json.js';

/**
 * What a handler of Commands gives back. The Result around it (ids, handler,
 * duration) and the publishing are not the handler's concern.
 */
export interface Outcome {
  data: JsonObject | null;
  /**
   * The work goes on: the Result is `pending`, and the part that does the work publishes a second one with
   * the same ids when it ends. Default false.
   */
  pending?: boolean;
  inputs?: DataReference[];
  outputs?: DataReference[];
  executions?: ExecutionRecord[];
  /** Published after the handler has succeeded. */
  events?: Event[];
}
