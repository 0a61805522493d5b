import { WeftError } from '../../transport/errors/index.js';
import { MAX_ENGINE_TEXT } from './query.constants.js';
import { NO_LINEAGE, type Lineage } from './query.engine.js';

interface EngineErrorOptions {
  /** Whether the same query may succeed later: a lock, throttling, a lost connection. Default false. */
  readonly retryable?: boolean;
  /** The kind of failure, in the engine's words without the SQL, such as `Parser Error`. */
  readonly reason: string;
  /** The tables that the query named. Default: none. */
  readonly lineage?: Lineage;
  readonly cause?: unknown;
}

/** An engine could not run a query. Its message is the one line of the error Result. */
export class EngineError extends WeftError {
  readonly code: string = 'WEFT_QUERY_FAILED';
  readonly reason: string;
  readonly lineage: Lineage;

  constructor(message: string, { reason, retryable = false, lineage, cause }: EngineErrorOptions) {
    super(message.slice(0, MAX_ENGINE_TEXT), { retryable, cause, details: { reason } });
    this.reason = reason;
    this.lineage = lineage ?? NO_LINEAGE;
  }
}

/** The engine needs a setting or package that is missing; stops the start. */
export class QueryEngineMissingError extends WeftError {
  readonly code: string = 'WEFT_QUERY_ENGINE_MISSING';
}
