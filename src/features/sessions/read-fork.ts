import { isWholeNumber } from '../../common/whole-numbers.js';
import { isJsonObject } from '../../protocol/index.js';
import { fieldFault } from './free-form.js';
import { requireAgentId, requireSessionId } from './session-id.js';
import type { Fork } from './session-forks.service.js';

/**
 * Reads the body of `POST …/fork`: `session_id` of the new session, and `agent_id` with `message_id`, the last message
 * to copy. All are optional.
 *
 * @throws {ValidationFailedError} naming the field that does not fit.
 */
export function readFork(body: unknown): Fork {
  if (!isJsonObject(body)) throw fieldFault('body', 'must be a JSON object');
  const { session_id: id, agent_id: agentId, message_id: messageId } = body;
  const sessionId = id === undefined || id === null ? undefined : requireSessionId(id);
  if (agentId === undefined && messageId === undefined) return { sessionId, at: undefined };
  if (!isWholeNumber(messageId, 0)) {
    throw fieldFault(
      'message_id',
      'must be the number of a message, and is required with agent_id',
    );
  }
  return {
    sessionId,
    at: { agentId: requireAgentId(agentId), messageId },
  };
}
