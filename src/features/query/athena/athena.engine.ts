import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  GetQueryExecutionCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  type AthenaClient,
  type QueryExecution,
} from '@aws-sdk/client-athena';
import { athenaClient } from '../../../aws/athena.js';
import { isTransient, type AwsClients } from '../../../aws/index.js';
import { RetryableError } from '../../../transport/errors/index.js';
import type { QueryAnswer, QueryEngine, QueryRequest } from '../query.engine.js';
import { EngineError } from '../query.errors.js';
import { splitStatements } from '../split-statements.js';
import { athenaLineage } from './athena-lineage.js';
import { readAthenaRows } from './athena-results.js';
import { executionParameters } from './execution-parameters.js';

export interface AthenaOptions {
  /** Absent: Athena's own, `primary`. */
  readonly workGroup?: string;
  /** Where Athena writes results, such as `s3://bucket/athena/`. Absent: the work group's location. */
  readonly outputLocation?: string;
  readonly database: string;
  readonly catalog: string;
  /** Milliseconds after which a query is stopped. */
  readonly timeoutMs: number;
}

/** First pause before a query's state is read again; it doubles each time. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

/**
 * Maximum executions of one Command; a further one follows if the previous was stopped or failed by Athena's own fault.
 */
const MAX_EXECUTIONS = 5;

/** SQL over Athena. */
export class AthenaEngine implements QueryEngine {
  readonly dialect = 'athena';
  readonly readsObjects = false;
  readonly defaults: QueryEngine['defaults'];
  #client: Promise<AthenaClient> | undefined;

  constructor(
    private readonly aws: AwsClients,
    private readonly options: AthenaOptions,
  ) {
    this.defaults = { database: options.catalog, schema: options.database };
  }

  async execute(request: QueryRequest, signal: AbortSignal): Promise<QueryAnswer> {
    const { sql, parameters } = request;
    const count = splitStatements(sql).length;
    if (count !== 1) {
      throw new EngineError(`execute accepts one statement, and this has ${count}`, {
        reason: 'Refused',
      });
    }
    const values = executionParameters(sql, parameters);
    const lineage = athenaLineage(sql);
    const timeout = AbortSignal.timeout(this.options.timeoutMs);
    try {
      const answer = await this.#run(request, values, AbortSignal.any([signal, timeout]));
      return { ...answer, lineage };
    } catch (error) {
      throw this.#explain(error, { signal, timeout, lineage });
    }
  }

  /** Does nothing: the service closes the client with its others. */
  async close(): Promise<void> {}

  async #run(
    request: QueryRequest,
    values: string[],
    signal: AbortSignal,
  ): Promise<Omit<QueryAnswer, 'lineage'>> {
    const client = await (this.#client ??= athenaClient(this.aws));
    const execution = await this.#succeeded(client, request, values, signal);
    const { columns, rows, truncated } = await readAthenaRows(
      client,
      execution.QueryExecutionId ?? '',
      { maxRows: request.maxRows, hasHeader: execution.StatementType !== 'UTILITY' },
      signal,
    );
    return { columns, rows, rowCount: rows.length, truncated };
  }

  /**
   * Starts the query, or finds the execution that the same Command has started before, and waits for it. For the same
   * token Athena returns the same execution, even if it was stopped; then the next token starts another.
   */
  async #succeeded(
    client: AthenaClient,
    request: QueryRequest,
    values: string[],
    signal: AbortSignal,
  ): Promise<QueryExecution> {
    for (let attempt = 1; ; attempt++) {
      const id = await this.#start(client, request, values, attempt);
      const { execution, waited } = await this.#ended(client, id, signal);
      if (execution.Status?.State === 'SUCCEEDED') return execution;
      if (waited || attempt === MAX_EXECUTIONS || !mayBeRepeated(execution))
        throw failure(execution);
    }
  }

  /** Cannot be aborted, because a query without a known id could not be stopped. */
  async #start(
    client: AthenaClient,
    { sql, key }: QueryRequest,
    values: string[],
    attempt: number,
  ): Promise<string> {
    const { workGroup, outputLocation, database, catalog } = this.options;
    const { QueryExecutionId: id = '' } = await client.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        ClientRequestToken: hash('sha256', `${key}:${attempt}`),
        QueryExecutionContext: { Database: database, Catalog: catalog },
        ...(workGroup !== undefined && { WorkGroup: workGroup }),
        ...(outputLocation !== undefined && {
          ResultConfiguration: { OutputLocation: outputLocation },
        }),
        ...(values.length > 0 && { ExecutionParameters: values }),
      }),
    );
    return id;
  }

  /** @returns whether it was still running at the first check. */
  async #ended(
    client: AthenaClient,
    id: string,
    signal: AbortSignal,
  ): Promise<{ execution: QueryExecution; waited: boolean }> {
    const command = new GetQueryExecutionCommand({ QueryExecutionId: id });
    try {
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        const { QueryExecution: execution = {} } = await client.send(command, {
          abortSignal: signal,
        });
        const state = execution.Status?.State;
        if (state !== 'QUEUED' && state !== 'RUNNING') {
          return { execution, waited: pauseMs > FIRST_PAUSE_MS };
        }
        await pause(pauseMs, undefined, { signal });
      }
    } catch (error) {
      if (signal.aborted) {
        // A query that cannot be stopped ends by its work group's time limit.
        await client
          .send(new StopQueryExecutionCommand({ QueryExecutionId: id }))
          .catch(() => undefined);
      }
      throw error;
    }
  }

  #explain(
    error: unknown,
    {
      signal,
      timeout,
      lineage,
    }: { signal: AbortSignal; timeout: AbortSignal; lineage: QueryAnswer['lineage'] },
  ): unknown {
    if (signal.aborted) return new RetryableError('The query was interrupted', { cause: error });
    if (timeout.aborted) {
      const seconds = this.options.timeoutMs / 1000;
      return new EngineError(
        `it ran longer than ${seconds} seconds (QUERY_TIMEOUT_SECONDS), and was stopped`,
        { reason: 'Timeout', cause: error, lineage },
      );
    }
    if (error instanceof EngineError) {
      const { message, reason, retryable } = error;
      return new EngineError(message, { reason, retryable, lineage, cause: error });
    }
    if (!(error instanceof Error) || isTransient(error) || !('$metadata' in error)) return error;
    return new EngineError(firstLine(error.message), { reason: error.name, lineage, cause: error });
  }
}

const mayBeRepeated = ({ Status: status }: QueryExecution): boolean =>
  status?.State === 'CANCELLED' || status?.AthenaError?.Retryable === true;

function failure({ Status: status }: QueryExecution): EngineError {
  const { State: state = 'unknown', StateChangeReason: reason, AthenaError: error } = status ?? {};
  const text = reason ?? error?.ErrorMessage ?? `the execution is ${state}`;
  // Such as `SYNTAX_ERROR: line 1:8: Column 'a' cannot be resolved`.
  const [, kind = state] = /^([A-Z_]+):/.exec(text) ?? [];
  return new EngineError(firstLine(text), {
    reason: kind,
    retryable: error?.Retryable === true || /throttl|Rate exceeded|EXCEEDED_CAPACITY/i.test(text),
  });
}

const firstLine = (text: string): string => text.split('\n')[0] ?? text;
