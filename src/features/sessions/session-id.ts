import { randomUUID } from 'node:crypto';
import { invalidFieldsError } from '../../protocol/index.js';
import { MAX_SESSION_ID_LENGTH } from './sessions.constants.js';

/**
 * ASCII letters, digits and `. _ : @ ~ + = -`, a letter or digit first: takes UUIDs, e-mail
 * addresses and ids like `user-session-123`, and nothing that means something in a path, a header,
 * an SNS subject, or as the key of a plain object (`__proto__`).
 */
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9._:@~+=-]*$/;

export const SESSION_ID_RULE = `must be 1 to ${MAX_SESSION_ID_LENGTH} characters: letters, digits and . _ : @ ~ + = -, a letter or digit first`;

export function isSessionId(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length <= MAX_SESSION_ID_LENGTH && SESSION_ID.test(value)
  );
}

/**
 * Gives the id back, or throws. The refused text is not repeated: it may hold line breaks.
 *
 * @throws ValidationFailedError when the value is no session id.
 */
export function requireSessionId(value: unknown): string {
  if (isSessionId(value)) return value;
  throw invalidFieldsError([{ field: 'session_id', message: SESSION_ID_RULE }]);
}

export function newSessionId(): string {
  return randomUUID();
}
