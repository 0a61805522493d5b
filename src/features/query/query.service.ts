import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { failedWith, type CommandRun } from '../../messaging/index.js';
import {
  DataReference,
  eventOf,
  ExecutionRecord,
  invalidFieldsError,
  tableLocation,
  type JsonObject,
  type Outcome,
} from '../../protocol/index.js';
import { PermanentError, RetryableError } from '../../transport/errors/index.js';
import { DEFAULT_MAX_ROWS } from './query.constants.js';
import { formatOf, type ExecutePayload, type ObjectPlace } from './query.dto.js';
import {
  QUERY_ENGINE,
  type Lineage,
  type QueryAnswer,
  type QueryEngine,
  type SourceFile,
  type TableReference,
} from './query.engine.js';
import { EngineError } from './query.errors.js';
import { Spool, type SpoolFolder } from './spool.js';

/** Runs SQL on the configured engine, and reports its inputs. */
@Injectable()
export class QueryService implements OnApplicationShutdown {
  constructor(
    @Inject(QUERY_ENGINE) private readonly engine: QueryEngine,
    private readonly spool: Spool,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.engine.close();
  }

  /** @throws {PermanentError} or {RetryableError}, with the execution and inputs it tried. */
  async execute(payload: ExecutePayload, run: CommandRun): Promise<Outcome> {
    const { sources, target } = payload;
    this.#refuseObjects(payload);
    return this.#told(payload.sql, payload, run, 'Query execution failed', async () => {
      const usesFiles = Boolean(target) || Object.keys(sources ?? {}).length > 0;
      const { answer, bytes } = usesFiles
        ? await this.spool.use((folder) => this.#withFiles(payload, run, folder))
        : { answer: await this.#ask(payload, run, []), bytes: 0 };
      const { columns, rows, rowCount: row_count, truncated, lineage } = answer;
      return {
        lineage,
        data: { columns, rows, row_count, truncated },
        outputs: target ? [fileOf(target, 'parquet', { row_count, bytes })] : [],
      };
    });
  }

  /** @throws {PermanentError} or {RetryableError}, with the execution and inputs it tried. */
  async executeScript(sql: string, run: CommandRun): Promise<Outcome> {
    const { engine } = this;
    if (engine.executeScript === undefined) {
      throw new PermanentError('execute_script not supported by this backend');
    }
    return this.#told(sql, {}, run, 'Script execution failed', async () => {
      const lineage = await engine.executeScript?.({ sql, key: run.key }, run.signal);
      return { lineage: lineage ?? { inputs: [], outputs: [] }, data: { executed: true } };
    });
  }

  async #withFiles(
    payload: ExecutePayload,
    run: CommandRun,
    folder: SpoolFolder,
  ): Promise<{ answer: QueryAnswer; bytes: number }> {
    const { sources, target } = payload;
    if (target) folder.check(target);
    const files = await folder.fetch(sources ?? {}, run.signal);
    if (!target) return { answer: await this.#ask(payload, run, files), bytes: 0 };
    const targetFile = folder.file('target.parquet');
    const answer = await this.#ask(payload, run, files, targetFile);
    return { answer, bytes: await folder.store(targetFile, target, run.signal) };
  }

  #ask(
    { sql, parameters, max_rows }: ExecutePayload,
    { key, signal }: CommandRun,
    sources: readonly SourceFile[],
    targetFile?: string,
  ): Promise<QueryAnswer> {
    return this.engine.execute(
      {
        sql,
        parameters: parameters ?? [],
        maxRows: max_rows ?? DEFAULT_MAX_ROWS,
        key,
        sources,
        ...(targetFile !== undefined && { targetFile }),
      },
      signal,
    );
  }

  #refuseObjects({ sources, target }: ExecutePayload): void {
    const given = Object.entries({ sources, target }).filter(([, value]) => value);
    if (this.engine.readsObjects || given.length === 0) return;
    throw invalidFieldsError(
      given.map(([field]) => ({ field, message: 'is not supported by this backend' })),
    );
  }

  /** Makes the Outcome of a run, or the error with its execution and inputs, and the Event of either. */
  async #told(
    sql: string,
    payload: Pick<ExecutePayload, 'sources'>,
    { command }: CommandRun,
    failed: string,
    work: () => Promise<{ lineage: Lineage; data: JsonObject; outputs?: DataReference[] }>,
  ): Promise<Outcome> {
    const executions = [ExecutionRecord.sql({ dialect: this.engine.dialect, statements: [sql] })];
    try {
      const { lineage, data, outputs = [] } = await work();
      const inputs = this.#references(lineage.inputs, payload);
      const written = [...this.#references(lineage.outputs, payload), ...outputs];
      const { row_count = null, truncated = null } = data;
      const event = eventOf(command, 'query.completed', {
        action: command.action,
        row_count,
        truncated,
        inputs: inputs.map(({ location }) => location),
        outputs: written.map(({ location }) => location),
      });
      return { data, inputs, outputs: written, executions, events: [event] };
    } catch (error) {
      if (!(error instanceof EngineError)) throw attach(error, { executions });
      const { reason, lineage, retryable } = error;
      const Failure = retryable ? RetryableError : PermanentError;
      throw failedWith(new Failure(`${failed}: ${error.message}`, { cause: error }), {
        executions,
        inputs: this.#references(lineage.inputs, payload),
        events: [eventOf(command, 'query.failed', { action: command.action, reason })],
      });
    }
  }

  /** A source is replaced by the object it stands for. */
  #references(
    references: readonly TableReference[],
    { sources }: Pick<ExecutePayload, 'sources'>,
  ): DataReference[] {
    const objects = new Map(
      Object.entries(sources ?? {}).map(([name, source]) => [name.toLowerCase(), source]),
    );
    return references.map((reference) => {
      if (reference.kind === 'file') {
        return new DataReference({ ref_type: 'file', location: reference.path });
      }
      const source = reference.schema ? undefined : objects.get(reference.name.toLowerCase());
      if (source) return fileOf(source, formatOf(source) ?? null);
      const location = tableLocation(reference, this.engine.defaults);
      return new DataReference({ ref_type: 'table', location });
    });
  }
}

const attach = (error: unknown, attempted: { executions: ExecutionRecord[] }): unknown =>
  error instanceof Error ? failedWith(error, attempted) : error;

const fileOf = (
  { container, path }: ObjectPlace,
  format: string | null,
  metadata: JsonObject = {},
): DataReference =>
  new DataReference({ ref_type: 'file', location: `${container}/${path}`, format, metadata });
