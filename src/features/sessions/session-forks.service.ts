import { ConflictException, Injectable } from '@nestjs/common';
import { utcNow } from '../../protocol/index.js';
import { agentIn, agentKey, agentNotFound } from './agents/agent.js';
import { tailOf } from './messages/message-log.js';
import { messageNotFound } from './messages/message.js';
import { PageList } from './messages/page-list.js';
import { newSessionId, requireAgentId, requireSessionId } from './session-id.js';
import { SharedPages } from './shared-pages.js';
import type { SessionDocument, StoredAgent } from './session.document.js';
import { viewOf } from './session-views.js';
import { MAX_WRITE_ATTEMPTS } from './sessions.constants.js';
import type { NewSessionView } from './sessions.dto.js';
import { SessionsRepository, type SessionPart } from './sessions.repository.js';
import { hashViewerPassword, newViewerPassword } from './viewer/viewer-password.js';

/** A request to fork a session. */
export interface Fork {
  /** The id of the new session. Default: a new UUID. */
  readonly sessionId: string | undefined;
  /** The agent whose messages end at `messageId`; other agents are copied unchanged. */
  readonly at: { readonly agentId: string; readonly messageId: number } | undefined;
}

const FORKED = {
  application_name: 1,
  session_type: 1,
  metadata: 1,
  agents: 1,
  agent_count: 1,
  family: 1,
} as const;

/** Creates forks of sessions, which share pages of older messages. */
@Injectable()
export class SessionForksService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly families: SharedPages,
  ) {}

  /**
   * Creates a session with the metadata, agents and messages of another, up to and including a message. Later changes
   * of one do not affect the other; feedback stays with the parent.
   *
   * @throws {NotFoundException} when there is no such session, agent or message.
   * @throws {ConflictException} when the new id is taken.
   */
  async fork(parentId: string, { sessionId, at }: Fork): Promise<NewSessionView> {
    requireSessionId(parentId);
    if (at !== undefined) requireAgentId(at.agentId);
    const id = requireSessionId(sessionId ?? newSessionId());
    for (let attempt = 0; attempt < MAX_WRITE_ATTEMPTS; attempt++) {
      const parent = await this.sessions.get(parentId, FORKED);
      const password = newViewerPassword();
      const child = forkOf(parent, id, at, hashViewerPassword(password));
      if (!(await this.sessions.insert(child))) {
        throw new ConflictException(`Session already exists: ${id}`);
      }
      // If the parent changed meanwhile, it may have deleted a page before it could know of this fork.
      const still = await this.sessions.find(parentId, {});
      if (still?.revision === parent.revision) {
        return { ...viewOf(child), session_viewer_password: password };
      }
      await this.sessions.takeBack(id);
      await this.families.left(child.family);
    }
    throw new ConflictException(
      'The session is being changed by too many other requests, try again',
    );
  }
}

function forkOf(
  parent: SessionPart,
  id: string,
  at: Fork['at'],
  session_viewer_password_hash: string,
): SessionDocument {
  const now = utcNow();
  const agents = { ...parent.agents };
  if (at !== undefined) {
    const key = agentKey(at.agentId);
    agents[key] = endingAt(agentIn(agents, at.agentId) ?? agentNotFound(at.agentId), at.messageId);
  }
  return {
    _id: id,
    application_name: parent.application_name ?? null,
    session_type: parent.session_type ?? null,
    created_at: now,
    updated_at: now,
    metadata: parent.metadata ?? {},
    feedbacks: [],
    feedback_count: 0,
    feedback_bytes: 0,
    guardrail_events: [],
    agents: Object.fromEntries(
      Object.entries(agents).map(([key, agent]) => [key, { ...agent, appends: [] }]),
    ),
    agent_count: parent.agent_count ?? 0,
    sequence: 0,
    changes: [],
    revision: 0,
    family: parent.family ?? '',
    session_viewer_password_hash,
  };
}

/** The agent's state with that message as its newest. A page with later messages is referred to in part. */
function endingAt(agent: StoredAgent, messageId: number): StoredAgent {
  if (messageId >= agent.message_count) messageNotFound(messageId);
  const count = messageId + 1;
  const messages = agent.messages.filter(({ message_id }) => message_id < count);
  return {
    ...agent,
    message_count: count,
    messages,
    messages_bytes: tailOf(messages).bytes,
    pages: new PageList(agent.pages).before(count).text,
  };
}
