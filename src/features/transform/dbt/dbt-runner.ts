import { execFile } from 'node:child_process';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../../../common/make-folder.js';
import { childEnvironment } from '../../../platform/config/index.js';
import { PermanentError } from '../../../transport/errors/index.js';
import type { DbtAction } from '../transform.constants.js';
import type { TransformPayload } from '../transform.dto.js';
import type { TransformOptions } from '../transform.settings.js';
import { readArtifacts, type DbtArtifacts } from './artifacts.js';
import { dbtArguments } from './dbt-arguments.js';
import { runProgram, type ProgramEnd } from './run-program.js';

export interface DbtRun {
  readonly end: ProgramEnd;
  /** Absent if dbt ended before it ran anything. */
  readonly artifacts: DbtArtifacts | undefined;
}

/** Variables of a run, which models can read. */
export interface RunIdentity {
  readonly logicVersion: string;
  readonly executionId: string;
}

const GIT_TIMEOUT_MS = 5000;

/** Our own variables, which dbt would mistake for its own; they become options of the command line instead. */
const OURS = new Set(['DBT_COMMAND', 'DBT_TIMEOUT_SECONDS']);
const isDbts = (name: string): boolean =>
  !OURS.has(name) && (/^(PATH|HOME)$/.test(name) || /^(DBT|AWS)_/.test(name));

/** Runs dbt on the configured project, each run with its own folder. */
export class DbtRunner {
  constructor(readonly options: TransformOptions) {}

  /**
   * @param onLine called with each line of dbt's log.
   * @throws {PermanentError} if dbt is not installed, or takes too long.
   */
  async run(
    action: DbtAction,
    payload: TransformPayload,
    identity: RunIdentity,
    signal: AbortSignal,
    onLine: (line: string) => void,
  ): Promise<DbtRun> {
    const { command, projectDir, timeoutMs, runsDir } = this.options;
    makeFolder(runsDir);
    const folder = await mkdtemp(join(runsDir, 'run-'));
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const end = await runProgram(
        {
          command,
          args: dbtArguments(action, payload, this.options, folder),
          cwd: projectDir,
          env: {
            ...childEnvironment(isDbts),
            PUDATO_LOGIC_VERSION: identity.logicVersion,
            PUDATO_EXECUTION_ID: identity.executionId,
          },
          onLine,
        },
        AbortSignal.any([signal, timeout]),
      );
      signal.throwIfAborted();
      // A run that succeeded as its time ended, such as while this process stood still, has written its tables.
      if (timeout.aborted && end.code !== 0) {
        throw new PermanentError(
          `dbt command ran longer than ${timeoutMs / 1000} seconds (DBT_TIMEOUT_SECONDS), and was stopped`,
        );
      }
      const dryRun = payload.dry_run === true;
      return { end, artifacts: dryRun ? undefined : await readArtifacts(join(folder, 'target')) };
    } catch (error) {
      throw isMissing(error) ? await this.#missing(error) : error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The git commit of the project, or `unknown`. */
  async commit(): Promise<string> {
    const options = {
      cwd: this.options.projectDir,
      timeout: GIT_TIMEOUT_MS,
      env: childEnvironment((name) => /^(PATH|HOME)$/.test(name)),
    };
    try {
      const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], options);
      return stdout.trim();
    } catch {
      return 'unknown';
    }
  }

  /** ENOENT can also mean a missing folder. */
  async #missing(cause: unknown): Promise<Error> {
    const { projectDir } = this.options;
    const there = await access(projectDir).then(
      () => true,
      () => false,
    );
    return new PermanentError(
      there
        ? 'dbt command not found. Is dbt installed?'
        : `The dbt project ${projectDir} does not exist. Set DBT_PROJECT_DIR to it`,
      { cause },
    );
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES');
