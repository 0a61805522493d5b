import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import {
  failedWith,
  QUERY_DATABASE,
  ResultPublisher,
  type CommandRun,
  type QueryDatabase,
} from '../../messaging/index.js';
import {
  eventOf,
  ExecutionRecord,
  type Command,
  type DataReference,
  type Event,
  type JsonObject,
  type Outcome,
} from '../../protocol/index.js';
import { PermanentError } from '../../transport/errors/index.js';
import type { DbtArtifacts, DbtNodeResult } from './dbt/artifacts.js';
import { dbtFailure } from './dbt/dbt-failure.js';
import { lineageOf } from './dbt/dbt-lineage.js';
import { finishedNode, listedNode } from './dbt/dbt-log.js';
import { DbtRunner, type DbtRun, type RunIdentity } from './dbt/dbt-runner.js';
import { MAX_COMPILED_BYTES, type DbtAction } from './transform.constants.js';
import type { TransformPayload } from './transform.dto.js';

const MAX_IDENTITY_LENGTH = 256;
const NO_ARTIFACTS: DbtArtifacts = { nodes: new Map(), results: [] };

/** Runs dbt for a Command, reports each node as it ends, and records inputs and outputs. */
@Injectable()
export class TransformService {
  readonly #logger = new Logger(TransformService.name);

  constructor(
    private readonly dbt: DbtRunner,
    private readonly results: ResultPublisher,
    @Optional() @Inject(QUERY_DATABASE) private readonly database?: QueryDatabase,
  ) {}

  /** @throws {PermanentError} or {RetryableError}, with the execution and the outputs that succeeded. */
  async perform(
    action: DbtAction,
    payload: TransformPayload,
    { command, signal }: CommandRun,
  ): Promise<Outcome> {
    const identity = await this.#identityOf(command);
    const listed: string[] = [];
    const progress = new Progress(this.results, command, this.#logger);
    const run = () =>
      this.dbt.run(action, payload, identity, signal, (line) => {
        const node = listedNode(line);
        if (node !== undefined) listed.push(node);
        progress.line(line);
      });
    const lease = this.database?.lease;
    try {
      const done = lease ? await lease.alone(signal, run) : await run();
      return this.#outcome(action, payload, command, identity, done, listed);
    } finally {
      await progress.sent();
    }
  }

  #outcome(
    action: DbtAction,
    payload: TransformPayload,
    command: Command,
    identity: RunIdentity,
    { end, artifacts = NO_ARTIFACTS }: DbtRun,
    listed: readonly string[],
  ): Outcome {
    const { projectDir, target } = this.dbt.options;
    const { inputs, outputs } = lineageOf(action, artifacts, this.database?.defaults);
    const outcome = {
      data: {
        command: action,
        logic_version: identity.logicVersion,
        execution_id: identity.executionId,
        output_lines: end.stdout.lineCount,
        ...(payload.dry_run === true && { would_run: [...listed] }),
      },
      inputs: [...inputs],
      outputs: [...outputs],
      executions: [
        ExecutionRecord.dbt({
          command: action,
          ...modelsOf(artifacts),
          project_dir: projectDir,
          target: target ?? null,
          logic_version: identity.logicVersion,
        }),
      ],
      events:
        payload.dry_run === true
          ? []
          : eventsOf(command, action, artifacts, outputs, end.code === 0),
    };
    if (end.code === 0) return outcome;
    throw failedWith(dbtFailure(end, artifacts.results), outcome);
  }

  async #identityOf({ metadata, correlation_id }: Command): Promise<RunIdentity> {
    const logicVersion = plain('logic_version', metadata['logic_version']);
    const executionId = plain('execution_id', metadata['execution_id']);
    return {
      logicVersion: logicVersion ?? (await this.dbt.commit()),
      executionId: executionId ?? correlation_id,
    };
  }
}

/** Sends a pending Result for each finished node, in order, while dbt runs. */
class Progress {
  #sending: Promise<unknown> = Promise.resolve();
  #done = 0;

  constructor(
    private readonly results: ResultPublisher,
    private readonly command: Command,
    private readonly logger: Logger,
  ) {}

  line(line: string): void {
    const finished = finishedNode(line);
    if (finished === undefined) return;
    this.#done += 1;
    const nodes_done = this.#done;
    this.logger.log('Node finished', { ...finished, nodesDone: nodes_done });
    this.#sending = this.#sending
      .then(() => this.results.progress(this.command, { ...finished, nodes_done }))
      // The final Result contains everything again.
      .catch((error: unknown) => this.logger.warn('Progress not sent', { reason: String(error) }));
  }

  async sent(): Promise<void> {
    await this.#sending;
  }
}

/** Checked because they become environment variables, and are stored. */
function plain(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string' && value.length <= MAX_IDENTITY_LENGTH && !/\p{Cc}/u.test(value)) {
    return value;
  }
  throw new PermanentError(
    `metadata.${name} must be a text of at most ${MAX_IDENTITY_LENGTH} characters without control characters`,
  );
}

function modelsOf({ nodes, results }: DbtArtifacts): { models: string[]; compiled_sql: string[] } {
  const models = results.flatMap(({ id }) => {
    const node = nodes.get(id);
    return node && node.resourceType !== 'test' ? [node.name] : [];
  });
  let bytes = 0;
  const compiled_sql = results.flatMap(({ compiledSql }) => {
    if (compiledSql === undefined) return [];
    bytes += Buffer.byteLength(compiledSql);
    return bytes > MAX_COMPILED_BYTES ? [] : [compiledSql];
  });
  return { models, compiled_sql };
}

function eventsOf(
  command: Command,
  action: DbtAction,
  { nodes, results }: DbtArtifacts,
  outputs: readonly DataReference[],
  succeeded: boolean,
): Event[] {
  const isModel = ({ id }: DbtNodeResult): boolean => nodes.get(id)?.resourceType === 'model';
  const models = action === 'run' || action === 'build' ? results.filter(isModel) : [];
  const completed = models.map(({ id, status, rows, seconds }): Event => {
    const payload: JsonObject = {
      node: id,
      model: nodes.get(id)?.name ?? id,
      status,
      rows,
      seconds,
    };
    return eventOf(command, 'transform.model_completed', payload);
  });
  const payload = {
    action,
    status: succeeded ? 'success' : 'error',
    nodes: results.length,
    outputs: outputs.length,
  };
  return [...completed, eventOf(command, 'transform.run_completed', payload)];
}
