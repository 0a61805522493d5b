import { NotFoundException } from '@nestjs/common';
import type { JsonObject } from '../../../protocol/index.js';
import { fromStoredKeys, toStoredKeys } from '../../../platform/persistence/index.js';
import { fieldFault, requireFreeForm } from '../free-form.js';
import type { StoredAgent } from '../session.document.js';
import { MAX_AGENT_DATA_BYTES, MAX_FREE_FORM_DEPTH } from '../sessions.constants.js';

/** An agent in answers; its messages have their own URL. */
export interface AgentView {
  readonly agent_id: string;
  /** The client's own data, unchanged. */
  readonly agent_data: JsonObject;
  readonly created_at: string;
  readonly updated_at: string;
  readonly message_count: number;
}

/** The fields of `agent_data` that make an agent's configuration. */
export const CONFIG_FIELDS = ['model', 'system_prompt', 'prompt_metadata'] as const;
export type AgentConfig = Readonly<Record<(typeof CONFIG_FIELDS)[number], unknown>>;

const LIMITS = { bytes: MAX_AGENT_DATA_BYTES, depth: MAX_FREE_FORM_DEPTH };

/** The key of an agent in the session document. */
export function agentKey(agentId: string): string {
  const [key = ''] = Object.keys(toStoredKeys({ [agentId]: null }));
  return key;
}

/**
 * One of a session's agents. Callers choose the ids, so one may equal a property of every object, such as `toString`.
 */
export function agentIn(
  agents: Readonly<Record<string, StoredAgent>> | undefined,
  agentId: string,
): StoredAgent | undefined {
  const key = agentKey(agentId);
  return agents !== undefined && Object.hasOwn(agents, key) ? agents[key] : undefined;
}

/**
 * Reads `agent_data`, any JSON object.
 *
 * @throws {ValidationFailedError} when it is too large, too deep, or names another agent.
 */
export function readAgentData(value: unknown, agentId: string): JsonObject {
  const data = requireFreeForm(value, 'agent_data', LIMITS);
  if ((data['agent_id'] ?? agentId) !== agentId) {
    throw fieldFault('agent_data.agent_id', 'must be the id of the agent in the path, or left out');
  }
  return data;
}

/**
 * Reads a change of an agent's configuration.
 *
 * @throws {ValidationFailedError} for a field outside the configuration, and if there is none.
 */
export function readAgentConfig(value: unknown): JsonObject {
  const change = requireFreeForm(value, 'config', LIMITS);
  const fields = Object.keys(change);
  const known: readonly string[] = CONFIG_FIELDS;
  const unknown = fields.filter((field) => !known.includes(field));
  if (fields.length === 0 || unknown.length > 0) {
    throw fieldFault('config', `must have some of the fields ${CONFIG_FIELDS.join(', ')}`);
  }
  return change;
}

/** The new `agent_data`; it keeps the prompt's metadata unless new metadata is given. */
export function replacedData(before: StoredAgent | undefined, data: JsonObject): JsonObject {
  const kept = before?.agent_data['prompt_metadata'];
  const next = toStoredKeys(data);
  return kept === undefined || 'prompt_metadata' in next
    ? next
    : { ...next, prompt_metadata: kept };
}

export function viewOfAgent(agent: StoredAgent): AgentView {
  const { agent_id, agent_data, created_at, updated_at, message_count } = agent;
  return {
    agent_id,
    agent_data: fromStoredKeys(agent_data),
    created_at,
    updated_at,
    message_count,
  };
}

export function configOf(data: Readonly<JsonObject>): AgentConfig {
  return {
    model: data['model'] ?? null,
    system_prompt: data['system_prompt'] ?? null,
    prompt_metadata: data['prompt_metadata'] ?? null,
  };
}

export function agentNotFound(agentId: string): never {
  throw new NotFoundException(`Agent not found: ${agentId}`);
}
