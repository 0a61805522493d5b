import { Logger } from '@nestjs/common';
import { basename, extname } from 'node:path';
import { databaseLease } from '../../../messaging/index.js';
import { RetryableError } from '../../../transport/errors/index.js';
import { MAX_DEATHS } from '../query.constants.js';
import type {
  Lineage,
  QueryAnswer,
  QueryEngine,
  QueryRequest,
  ScriptRequest,
} from '../query.engine.js';
import { EngineError } from '../query.errors.js';
import type { ChildOptions } from './child/protocol.js';
import { ChildDiedError, ChildFailedError, QueryChild, type ChildWork } from './query.child.js';

export interface DuckDbOptions extends ChildOptions {
  /** Queries that run at once. */
  readonly concurrency: number;
  /** Milliseconds after which a query is interrupted. */
  readonly timeoutMs: number;
}

/** libuv threads of the child besides those that its queries block. */
const SPARE_THREADS = 2;

/** Runs SQL over one DuckDB file, in a separate process. */
export class DuckDbEngine implements QueryEngine {
  readonly dialect = 'duckdb';
  readonly readsObjects = true;
  readonly defaults: QueryEngine['defaults'];
  readonly #logger = new Logger(DuckDbEngine.name);
  #child: QueryChild | undefined;
  #closed = false;

  constructor(private readonly options: DuckDbOptions) {
    // DuckDB names a database after its file.
    const name = basename(options.path, extname(options.path));
    this.defaults = { database: name === ':memory:' ? 'memory' : name, schema: 'main' };
  }

  execute(request: QueryRequest, signal: AbortSignal): Promise<QueryAnswer> {
    return this.#run({ kind: 'execute', request }, signal);
  }

  async executeScript(request: ScriptRequest, signal: AbortSignal): Promise<Lineage> {
    const { lineage } = await this.#run({ kind: 'script', request }, signal);
    return lineage;
  }

  /** Id of the query process, while there is one. */
  get pid(): number | undefined {
    return this.#child?.dead === false ? this.#child.pid : undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#child?.close();
  }

  async #run(work: ChildWork, signal: AbortSignal): Promise<QueryAnswer> {
    const timeout = AbortSignal.timeout(this.options.timeoutMs);
    const ended = AbortSignal.any([signal, timeout]);
    try {
      return await databaseLease(this.options.path).share(ended, () =>
        this.#untilAnswered(work, ended),
      );
    } catch (error) {
      throw this.#explain(error, signal, timeout);
    }
  }

  /** Another query may have killed the process, so the Command is repeated in a new one. */
  async #untilAnswered(work: ChildWork, signal: AbortSignal): Promise<QueryAnswer> {
    for (let deaths = 1; ; deaths++) {
      try {
        return await this.#living().ask(work, signal);
      } catch (error) {
        if (!(error instanceof ChildDiedError) || signal.aborted || this.#closed) throw error;
        this.#logger.warn('Query process died', { deaths, reason: error.message });
        if (deaths < MAX_DEATHS) continue;
        throw new EngineError(
          `the query process died ${deaths} times on this Command. It may need more memory than is available`,
          { reason: 'Process died', cause: error },
        );
      }
    }
  }

  #living(): QueryChild {
    if (this.#closed) throw new RetryableError('The query engine is closed');
    if (this.#child === undefined || this.#child.dead) {
      const { concurrency, timeoutMs: _, ...options } = this.options;
      this.#child = new QueryChild(options, concurrency + SPARE_THREADS);
    }
    return this.#child;
  }

  #explain(error: unknown, signal: AbortSignal, timeout: AbortSignal): unknown {
    if (signal.aborted) return new RetryableError('The query was interrupted', { cause: error });
    const failure = error instanceof ChildFailedError ? error.failure : undefined;
    const lineage = failure && { lineage: failure.lineage };
    if (timeout.aborted) {
      const seconds = this.options.timeoutMs / 1000;
      return new EngineError(
        `it ran longer than ${seconds} seconds (QUERY_TIMEOUT_SECONDS), and was interrupted`,
        { reason: 'Timeout', cause: error, ...lineage },
      );
    }
    if (failure === undefined) return error;
    const { message, reason, retryable } = failure;
    return new EngineError(message, { reason, retryable, ...lineage });
  }
}
