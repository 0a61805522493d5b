import { ConflictException, Injectable } from '@nestjs/common';
import {
  fromStoredKeys,
  toStoredKeys,
  type Projection,
} from '../../../platform/persistence/index.js';
import { jsonBytes, fieldFault } from '../free-form.js';
import { requireAgentId, requireSessionId } from '../session-id.js';
import type { StoredAgent } from '../session.document.js';
import { MAX_AGENT_DATA_BYTES, MAX_AGENTS } from '../sessions.constants.js';
import { agentFields } from '../messages/message-log.js';
import { PageList } from '../messages/page-list.js';
import { SessionsRepository } from '../sessions.repository.js';
import {
  agentIn,
  agentKey,
  agentNotFound,
  configOf,
  readAgentConfig,
  readAgentData,
  replacedData,
  viewOfAgent,
  type AgentConfig,
  type AgentView,
} from './agent.js';

/** The agents of a session, without their messages. */
@Injectable()
export class AgentsService {
  constructor(private readonly sessions: SessionsRepository) {}

  /**
   * Creates an agent, or replaces its `agent_data`. `created_at` and the messages are kept, and so is `prompt_metadata`
   * if the new data has none.
   *
   * @throws {NotFoundException} when there is no such session.
   * @throws {ConflictException} when the session has the maximum number of agents.
   */
  async put(
    sessionId: string,
    agentId: string,
    value: unknown,
  ): Promise<{ readonly created: boolean; readonly agent: AgentView }> {
    requireAgentId(agentId);
    const data = readAgentData(value, agentId);
    return this.sessions.change(
      requireSessionId(sessionId),
      { agent_count: 1, ...withoutMessages(agentId) },
      ({ agents, agent_count = 0 }, now) => {
        const key = agentKey(agentId);
        const before = agentIn(agents, agentId);
        if (before === undefined && agent_count >= MAX_AGENTS) {
          throw new ConflictException(`The session has ${MAX_AGENTS} agents already, the maximum`);
        }
        const agent_data = replacedData(before, data);
        const agent: StoredAgent =
          before === undefined
            ? newAgent(agentId, agent_data, now)
            : { ...before, agent_data, updated_at: now };
        return {
          result: { created: before === undefined, agent: viewOfAgent(agent) },
          update:
            before === undefined
              ? { $set: { [`agents.${key}`]: agent }, $inc: { agent_count: 1 } }
              : { $set: changedData(key, agent_data, now) },
        };
      },
    );
  }

  async list(sessionId: string): Promise<AgentView[]> {
    const { agents } = await this.sessions.get(requireSessionId(sessionId), { agents: 1 });
    return Object.values(agents ?? {}).map(viewOfAgent);
  }

  /** @throws {NotFoundException} when there is no such session or agent. */
  async get(sessionId: string, agentId: string): Promise<AgentView> {
    requireAgentId(agentId);
    const fields = withoutMessages(agentId);
    const { agents } = await this.sessions.get(requireSessionId(sessionId), fields);
    return viewOfAgent(agentIn(agents, agentId) ?? agentNotFound(agentId));
  }

  /** Sets the given fields of the configuration and leaves the others. */
  async updateConfig(sessionId: string, agentId: string, value: unknown): Promise<AgentConfig> {
    requireAgentId(agentId);
    const change = readAgentConfig(value);
    return this.sessions.change(
      requireSessionId(sessionId),
      withoutMessages(agentId),
      ({ agents }, now) => {
        const key = agentKey(agentId);
        const before = agentIn(agents, agentId) ?? agentNotFound(agentId);
        const agent_data = { ...before.agent_data, ...toStoredKeys(change) };
        if (jsonBytes(agent_data) > MAX_AGENT_DATA_BYTES) {
          throw fieldFault(
            'config',
            `would make agent_data larger than ${MAX_AGENT_DATA_BYTES} bytes`,
          );
        }
        return {
          result: configOf(fromStoredKeys(agent_data)),
          update: { $set: changedData(key, agent_data, now) },
        };
      },
    );
  }
}

/** The projection of one agent without its messages. */
const withoutMessages = (agentId: string): Projection =>
  agentFields(agentKey(agentId), ['agent_data', 'created_at', 'updated_at', 'message_count']);

const changedData = (
  key: string,
  agent_data: StoredAgent['agent_data'],
  now: string,
): Record<string, unknown> => ({
  [`agents.${key}.agent_data`]: agent_data,
  [`agents.${key}.updated_at`]: now,
});

function newAgent(
  agentId: string,
  agent_data: StoredAgent['agent_data'],
  now: string,
): StoredAgent {
  return {
    agent_id: agentId,
    agent_data,
    created_at: now,
    updated_at: now,
    message_count: 0,
    messages: [],
    messages_bytes: 0,
    pages: new PageList().text,
    appends: [],
  };
}
