import type { Command } from 'commander';
import type { AwsClients } from '../../aws/index.js';
import type { Settings } from '../config/index.js';
import type { ExitCode } from './exit-codes.js';

/** The stack of a command: the AWS that the settings name, or an embedded one started for it. */
export interface CliStack {
  readonly settings: Settings;
  readonly aws: AwsClients;
  /** The embedded stack's folder for documents; undefined: in memory, or MongoDB. */
  readonly documentsDir: string | undefined;
}

export interface StackOptions {
  /** The required variables that the command cannot do without. Default: all. */
  readonly requires?: readonly string[];
  /** Values for variables that the environment does not set. */
  readonly defaults?: NodeJS.ProcessEnv;
  /** Values that override the environment, such as options of the command line. */
  readonly overrides?: NodeJS.ProcessEnv;
}

/** The context of sub-commands. */
export interface CliContext {
  /** @throws {ConfigurationError} with every fault of the settings at once */
  settings(options?: StackOptions): Promise<Settings>;
  /** Runs `work` on the stack that the settings name, and closes it afterwards. */
  withStack<T>(work: (stack: CliStack) => Promise<T>, options?: StackOptions): Promise<T>;
  /** Writes a result to standard output: `json` with `--json`, else `text`. */
  print(result: CliResult): void;
  /** Sets the exit code. Default: 0. */
  exit(code: ExitCode): void;
}

export interface CliResult {
  /** For `--json`: one JSON value. */
  readonly json: unknown;
  /** For people. */
  readonly text: string;
}

/** Adds sub-commands to `weft`. */
export type RegisterCommands = (weft: Command, context: CliContext) => void;
