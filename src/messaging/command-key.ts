import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { hash } from 'node:crypto';
import { isJsonObject } from '../protocol/index.js';
import { messageContext } from './command-context.js';

/**
 * Names the work a Command asks for: the same at every delivery, and for the same Command sent twice. A handler
 * that writes it together with its effect can tell a repeated Command from a new one even after a crash.
 *
 * A Command with a correlation id is known by its whole body, as in the idempotency store; one without by its message.
 */
export const CommandKey = createParamDecorator((_: unknown, execution: ExecutionContext): string =>
  commandKeyOf(execution),
);

/** The same for what already has the execution. */
export function commandKeyOf(execution: ExecutionContext): string {
  const body: unknown = execution.switchToRpc().getData();
  const named = isJsonObject(body) && typeof body['correlation_id'] === 'string';
  return hash('sha256', named ? JSON.stringify(body) : messageContext(execution).messageId);
}
