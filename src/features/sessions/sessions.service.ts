import { Injectable } from '@nestjs/common';
import type { JsonObject } from '../../protocol/index.js';
import type { AgentConfig, AgentView } from './agents/agent.js';
import { AgentsService } from './agents/agents.service.js';
import type { FeedbackPage } from './feedback/feedback.dto.js';
import type { Feedback, FeedbackStats, FeedbackSubject, Rating } from './feedback/feedback.js';
import { FeedbackService } from './feedback/feedback.service.js';
import { readFeedback } from './feedback/read-feedback.js';
import { MessageEditsService } from './messages/message-edits.service.js';
import type { Message, NewMessage } from './messages/message.js';
import {
  MessagesService,
  type AppendResult,
  type MessagesPage,
  type MessagesRange,
} from './messages/messages.service.js';
import { readRedaction } from './messages/redaction.js';
import { MetadataService } from './metadata/metadata.service.js';
import { SessionDeletionService } from './session-deletion.service.js';
import { SessionForksService, type Fork } from './session-forks.service.js';
import {
  SessionLifecycleService,
  type CreatedSession,
  type SessionsQuery,
} from './session-lifecycle.service.js';
import type { CreateSessionDto, NewSessionView, SessionPage, SessionView } from './sessions.dto.js';

/**
 * All operations on sessions, to be injected. The write to the documents decides each answer; notifications are written
 * with it and sent afterwards, so that no caller waits for SNS or SQS and no notification is lost.
 *
 * Every method that names a session rejects with `NotFoundException` if it does not exist, and with
 * `ValidationFailedError` for invalid input.
 */
@Injectable()
export class SessionsService {
  constructor(
    private readonly lifecycle: SessionLifecycleService,
    private readonly deletion: SessionDeletionService,
    private readonly forks: SessionForksService,
    private readonly metadataOf: MetadataService,
    private readonly feedbackOf: FeedbackService,
    private readonly agentsOf: AgentsService,
    private readonly messagesOf: MessagesService,
    private readonly edits: MessageEditsService,
  ) {}

  /** Creates a session, or returns the existing one with the id. */
  create(input: CreateSessionDto): Promise<CreatedSession> {
    return this.lifecycle.create(input);
  }

  get(id: string): Promise<SessionView> {
    return this.lifecycle.get(id);
  }

  list(query: SessionsQuery): Promise<SessionPage> {
    return this.lifecycle.list(query);
  }

  /** Deletes a session with its messages. Waiting notifications are still sent. */
  remove(id: string): Promise<void> {
    return this.deletion.remove(id);
  }

  /** Creates a session that continues from a message of another. */
  fork(id: string, fork: Fork): Promise<NewSessionView> {
    return this.forks.fork(id, fork);
  }

  metadata(id: string): Promise<JsonObject> {
    return this.metadataOf.read(id);
  }

  /** Replaces the value of each given key, and leaves other keys unchanged. */
  updateMetadata(id: string, changes: unknown): Promise<JsonObject> {
    return this.metadataOf.update(id, changes);
  }

  deleteMetadata(id: string, keys: readonly string[]): Promise<JsonObject> {
    return this.metadataOf.remove(id, keys);
  }

  /** @param feedback `rating` (up, down or null), `comment`, and further fields, which are kept. */
  async addFeedback(id: string, feedback: unknown): Promise<Feedback> {
    return this.feedbackOf.add(id, readFeedback(feedback));
  }

  removeFeedback(id: string, subject: FeedbackSubject): Promise<void> {
    return this.feedbackOf.remove(id, subject);
  }

  /** The latest `limit` feedbacks, newest first; of one rating, or of all. */
  feedbacks(id: string, limit: number, rating?: Rating): Promise<FeedbackPage> {
    return this.feedbackOf.list(id, limit, rating);
  }

  feedbackStats(id: string): Promise<FeedbackStats> {
    return this.feedbackOf.stats(id);
  }

  /** Creates an agent, or replaces its `agent_data`. */
  putAgent(
    id: string,
    agentId: string,
    data: unknown,
  ): Promise<{ readonly created: boolean; readonly agent: AgentView }> {
    return this.agentsOf.put(id, agentId, data);
  }

  agents(id: string): Promise<AgentView[]> {
    return this.agentsOf.list(id);
  }

  agent(id: string, agentId: string): Promise<AgentView> {
    return this.agentsOf.get(id, agentId);
  }

  /** Sets `model`, `system_prompt` or `prompt_metadata`, and leaves others unchanged. */
  updateAgentConfig(id: string, agentId: string, change: unknown): Promise<AgentConfig> {
    return this.agentsOf.updateConfig(id, agentId, change);
  }

  /** Appends messages, all or none; with a client token only once, however often it is retried. */
  appendMessages(
    id: string,
    agentId: string,
    messages: readonly NewMessage[],
    clientToken?: string,
  ): Promise<AppendResult> {
    return this.messagesOf.append(id, agentId, messages, clientToken);
  }

  messages(id: string, agentId: string, range: MessagesRange): Promise<MessagesPage> {
    return this.messagesOf.list(id, agentId, range);
  }

  /** Replaces a message by `redact_message`, with a guardrail event if one is given. */
  async redactMessage(
    id: string,
    agentId: string,
    messageId: number | 'latest',
    redaction: unknown,
  ): Promise<Message> {
    return this.edits.redact(id, agentId, messageId, readRedaction(redaction));
  }

  /** Removes the newest message of an agent and returns it. */
  popMessage(id: string, agentId: string): Promise<Message> {
    return this.edits.pop(id, agentId);
  }

  /** A token that allows watching the session for five minutes. */
  viewerToken(id: string, password: string): Promise<string> {
    return this.lifecycle.viewerToken(id, password);
  }
}
