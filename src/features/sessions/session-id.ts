import { randomUUID } from 'node:crypto';
import { invalidFieldsError } from '../../protocol/index.js';
import { MAX_AGENT_ID_LENGTH, MAX_SESSION_ID_LENGTH } from './sessions.constants.js';

/** Excludes control characters, lone surrogates, and characters that SNS refuses in an attribute. */
const ID = /^[\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u;

/** Clients resolve these in a path, so no request could reach such a session. */
const NOT_IN_PATHS: ReadonlySet<string> = new Set(['.', '..']);

const ruleOf = (max: number): string =>
  `must be 1 to ${max} characters without control characters, and not . or ..`;

export const SESSION_ID_RULE = ruleOf(MAX_SESSION_ID_LENGTH);
const AGENT_ID_RULE = ruleOf(MAX_AGENT_ID_LENGTH);

const isId = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length <= max && ID.test(value) && !NOT_IN_PATHS.has(value);

export const isSessionId = (value: unknown): value is string => isId(value, MAX_SESSION_ID_LENGTH);

export const isAgentId = (value: unknown): value is string => isId(value, MAX_AGENT_ID_LENGTH);

/**
 * Returns the id, or throws. The error does not repeat the text, which may contain line breaks.
 *
 * @throws {ValidationFailedError} when the value is no session id.
 */
export function requireSessionId(value: unknown): string {
  if (isSessionId(value)) return value;
  throw invalidFieldsError([{ field: 'session_id', message: SESSION_ID_RULE }]);
}

/** @throws {ValidationFailedError} when the value is no agent id. */
export function requireAgentId(value: unknown): string {
  if (isAgentId(value)) return value;
  throw invalidFieldsError([{ field: 'agent_id', message: AGENT_ID_RULE }]);
}

export function newSessionId(): string {
  return randomUUID();
}
