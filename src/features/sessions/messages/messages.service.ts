import { createHash } from 'node:crypto';
import { ConflictException, Injectable } from '@nestjs/common';
import { agentIn, agentKey, agentNotFound } from '../agents/agent.js';
import { jsonBytes } from '../free-form.js';
import { requireAgentId, requireSessionId } from '../session-id.js';
import type { KeyedAppend, StoredAgent, StoredMessage } from '../session.document.js';
import {
  MAX_ANSWERED_MESSAGES_BYTES,
  MAX_PAGES,
  PAGE_BYTES,
  REMEMBERED_TOKENS,
} from '../sessions.constants.js';
import { SessionsRepository, type Decision, type SessionPart } from '../sessions.repository.js';
import { readFresh } from '../stale-read.error.js';
import { agentFields, appendTo, newTail, numbered, shownMessage, tailOf } from './message-log.js';
import { MessagePages } from './message-pages.js';
import { PageList } from './page-list.js';
import type { Message, NewMessage } from './message.js';

/** The result of an append: of this one, or of the first one with the same client token. */
export interface AppendResult {
  readonly created: boolean;
  readonly messages: readonly Message[];
}

/** A part of an agent's messages, in order. */
export interface MessagesPage {
  readonly session_id: string;
  readonly agent_id: string;
  readonly total_messages: number;
  readonly messages: readonly Message[];
  /** The `offset` of the next page; null at the end of the list. */
  readonly next_offset: number | null;
}

/** The requested messages: from an offset, or the newest. */
export type MessagesRange =
  { readonly offset: number; readonly limit: number } | { readonly last: number };

/** A new append, or one that was stored before. */
type Outcome =
  | { readonly kind: 'stored'; readonly messages: readonly StoredMessage[] }
  | { readonly kind: 'repeated'; readonly append: KeyedAppend };

const COUNTERS = ['message_count', 'messages_bytes', 'appends'] as const;
const LOG = [...COUNTERS, 'messages', 'pages'] as const;

/**
 * The messages of a session's agents. The newest are in the session document, which also numbers them; older ones are
 * in pages that it refers to.
 */
@Injectable()
export class MessagesService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly pages: MessagePages,
  ) {}

  /**
   * Appends messages, all or none, and numbers them. A repeated append with the same client token returns the first
   * result.
   *
   * @throws {NotFoundException} when there is no such session or agent.
   * @throws {ConflictException} when the session has the maximum number of pages.
   */
  async append(
    sessionId: string,
    agentId: string,
    added: readonly NewMessage[],
    clientToken?: string,
  ): Promise<AppendResult> {
    const key = agentKey(requireAgentId(agentId));
    const token = clientToken === undefined ? undefined : hashOf(clientToken);
    const outcome = await this.sessions.change<Outcome>(
      requireSessionId(sessionId),
      { ...agentFields(key, COUNTERS), family: 1 },
      async (session, now) => {
        const agent = agentIn(session.agents, agentId) ?? agentNotFound(agentId);
        const before = agent.appends.find((append) => append.token === token);
        if (before !== undefined) return { result: { kind: 'repeated', append: before } };
        return this.#stored(session, agent, key, numbered(added, agent.message_count, now), {
          [`agents.${key}.message_count`]: agent.message_count + added.length,
          [`agents.${key}.appends`]: remembered(agent, token, added.length),
          [`agents.${key}.updated_at`]: now,
        });
      },
    );
    if (outcome.kind === 'stored') {
      return { created: true, messages: outcome.messages.map(shownMessage) };
    }
    const { first, count } = outcome.append;
    const { messages } = await this.list(sessionId, agentId, { offset: first, limit: count });
    return { created: false, messages };
  }

  /**
   * Messages from an offset, or the newest, in order. A list that is too large for one answer ends early; continue at
   * `next_offset`.
   *
   * @throws {NotFoundException} when there is no such session or agent.
   */
  list(sessionId: string, agentId: string, range: MessagesRange): Promise<MessagesPage> {
    return readFresh(() => this.#list(sessionId, agentId, range));
  }

  async #list(sessionId: string, agentId: string, range: MessagesRange): Promise<MessagesPage> {
    const key = agentKey(requireAgentId(agentId));
    const { agents } = await this.sessions.get(requireSessionId(sessionId), agentFields(key, LOG));
    const agent = agentIn(agents, agentId) ?? agentNotFound(agentId);
    const total = agent.message_count;
    const from = 'last' in range ? Math.max(0, total - range.last) : range.offset;
    const to = 'last' in range ? total : Math.min(total, range.offset + range.limit);
    const messages = await this.#read(agent, from, to);
    const next = from + messages.length;
    return {
      session_id: sessionId,
      agent_id: agentId,
      total_messages: total,
      messages: messages.map(shownMessage),
      next_offset: next < total ? next : null,
    };
  }

  /** Makes one update: appends to the tail while there is room, else moves full pages out. */
  async #stored(
    session: SessionPart,
    agent: StoredAgent,
    key: string,
    messages: readonly StoredMessage[],
    counters: Readonly<Record<string, unknown>>,
  ): Promise<Decision<Outcome>> {
    const result: Outcome = { kind: 'stored', messages };
    const bytes = messages.reduce((sum, message) => sum + jsonBytes(message), 0);
    if (agent.messages_bytes + bytes <= PAGE_BYTES) {
      return {
        result,
        update: {
          $set: counters,
          $inc: { [`agents.${key}.messages_bytes`]: bytes },
          $push: { [`agents.${key}.messages`]: { $each: messages } },
        },
      };
    }
    // Read only now, because most appends need neither the earlier messages nor the pages.
    const { _id: id, family = '' } = session;
    const { agents } = await this.sessions.get(id, agentFields(key, LOG));
    const { messages: newest, pages: text } =
      agentIn(agents, agent.agent_id) ?? agentNotFound(agent.agent_id);
    const older = new PageList(text);
    const { tail, full } = appendTo(tailOf(newest), messages);
    if (older.length + full.length > MAX_PAGES) {
      throw new ConflictException('The agent has as many messages as a session can hold');
    }
    const refs = await this.pages.write(family, full);
    return {
      result,
      update: {
        $set: {
          ...counters,
          ...newTail(key, tail),
          [`agents.${key}.pages`]: older.append(refs).text,
        },
      },
      undo: () => this.pages.delete(refs),
    };
  }

  /** The messages `[from, to)`, or fewer if they are too large for one answer. */
  async #read(agent: StoredAgent, from: number, to: number): Promise<StoredMessage[]> {
    const found: StoredMessage[] = [];
    let bytes = 0;
    const fits = (message: StoredMessage): boolean =>
      (bytes += jsonBytes(message)) <= MAX_ANSWERED_MESSAGES_BYTES || found.length === 0;
    const sources = [...new PageList(agent.pages).within(from, to), undefined];
    for (const page of sources) {
      const messages = page === undefined ? agent.messages : await this.pages.read(page);
      for (const message of messages) {
        if (message.message_id < from || message.message_id >= to) continue;
        if (!fits(message)) return found;
        found.push(message);
      }
    }
    return found;
  }
}

/** The remembered appends after another one. */
function remembered(
  { appends, message_count }: StoredAgent,
  token: string | undefined,
  count: number,
): readonly KeyedAppend[] {
  if (token === undefined) return appends;
  return [...appends, { token, first: message_count, count }].slice(-REMEMBERED_TOKENS);
}

const hashOf = (token: string): string =>
  createHash('sha256').update(token, 'utf8').digest('base64url').slice(0, 22);
