import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Command } from '../protocol/index.js';
import { commandOf, messageContext } from './command-context.js';
import { commandKeyOf } from './command-key.js';

/** One run of a Command's work. */
export interface CommandRun {
  /** Validated, with its defaults filled in. */
  readonly command: Command;
  /** Names the Command's work, the same at every delivery: see `CommandKey`. */
  readonly key: string;
  /** Aborted when the message is no longer this process's, or its time is over. */
  readonly signal: AbortSignal;
}

/** What a handler of long work hands on beside the payload: a `CommandRun`. */
export const RunOfCommand = createParamDecorator(
  (_: unknown, execution: ExecutionContext): CommandRun => ({
    command: commandOf(execution),
    key: commandKeyOf(execution),
    signal: messageContext(execution).signal,
  }),
);
