import type { ExecutionContext } from '@nestjs/common';
import type { Command } from '../protocol/index.js';
import type { SnsSqsContext } from '../transport/index.js';

// Keyed by the context of one receive: a redelivered Command is read again.
const commands = new WeakMap<SnsSqsContext, Command>();

/** The context of the message a handler was called for. */
export const messageContext = (execution: ExecutionContext): SnsSqsContext =>
  execution.switchToRpc().getContext<SnsSqsContext>();

export function rememberCommand(context: SnsSqsContext, command: Command): void {
  commands.set(context, command);
}

/** @throws {Error} outside of a `@CommandController`. */
export function commandOf(execution: ExecutionContext): Command {
  const command = commands.get(messageContext(execution));
  if (command === undefined) {
    throw new Error('@CommandPayload and @CommandMessage work in a @CommandController only');
  }
  return command;
}
