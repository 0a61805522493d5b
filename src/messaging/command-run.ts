import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Command } from '../protocol/index.js';
import { commandOf, messageContext } from './command-context.js';
import { commandKeyOf } from './command-key.js';

/** One run of a Command's work. */
export interface CommandRun {
  /** Validated, with its defaults filled in. */
  readonly command: Command;
  /** Identifies the Command's work, equal at every delivery; see `CommandKey`. */
  readonly key: string;
  /** Aborted when this process has lost the message's lease, or the time-out is over. */
  readonly signal: AbortSignal;
}

/** Injects a `CommandRun`, which a handler of long work passes on with the payload. */
export const RunOfCommand = createParamDecorator(
  (_: unknown, execution: ExecutionContext): CommandRun => ({
    command: commandOf(execution),
    key: commandKeyOf(execution),
    signal: messageContext(execution).signal,
  }),
);
