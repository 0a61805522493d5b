import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { hash } from 'node:crypto';
import { isJsonObject } from '../protocol/index.js';
import { messageContext } from './command-context.js';

/**
 * Identifies a Command's work: equal at every delivery, and for the same Command sent twice. A handler that writes it
 * together with its effect can recognise a repeated Command even after a crash.
 *
 * A Command with a correlation id is identified by its whole body, as in the idempotency store; one without, by its
 * message.
 */
export const CommandKey = createParamDecorator((_: unknown, execution: ExecutionContext): string =>
  commandKeyOf(execution),
);

/** The same for code that has the execution context. */
export function commandKeyOf(execution: ExecutionContext): string {
  const body: unknown = execution.switchToRpc().getData();
  const named = isJsonObject(body) && typeof body['correlation_id'] === 'string';
  return hash('sha256', named ? JSON.stringify(body) : messageContext(execution).messageId);
}
