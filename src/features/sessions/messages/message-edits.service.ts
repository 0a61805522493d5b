import { ConflictException, Injectable } from '@nestjs/common';
import { agentIn, agentKey, agentNotFound } from '../agents/agent.js';
import { stored } from '../free-form.js';
import { requireAgentId, requireSessionId } from '../session-id.js';
import type { GuardrailEvent, PageRef, StoredAgent, StoredMessage } from '../session.document.js';
import { MAX_GUARDRAIL_EVENTS } from '../sessions.constants.js';
import { SharedPages } from '../shared-pages.js';
import { SessionsRepository, type SessionPart } from '../sessions.repository.js';
import { agentFields, newTail, shownMessage, tailOf } from './message-log.js';
import { MessagePages } from './message-pages.js';
import { messageNotFound, type Message } from './message.js';
import { PageList } from './page-list.js';
import { redacted, type Redaction } from './redaction.js';

const LOG = ['message_count', 'appends', 'messages', 'pages'] as const;

/** Changes of existing messages: redaction, and removal of the newest. */
@Injectable()
export class MessageEditsService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly pages: MessagePages,
    private readonly families: SharedPages,
  ) {}

  /**
   * Redacts a message. The original text is removed unless it is to be kept; its metrics are kept. A guardrail event is
   * written in the same update.
   *
   * @param messageId The message, or `latest` for the newest.
   * @throws {NotFoundException} when there is no such session, agent or message.
   * @throws {ConflictException} when the session has the maximum number of guardrail events.
   */
  async redact(
    sessionId: string,
    agentId: string,
    messageId: number | 'latest',
    redaction: Redaction,
  ): Promise<Message> {
    const key = agentKey(requireAgentId(agentId));
    const { message, replaced } = await this.sessions.change<Edited>(
      requireSessionId(sessionId),
      { ...agentFields(key, LOG), family: 1, guardrail_events: 1 },
      async (session, now) => {
        const agent = agentIn(session.agents, agentId) ?? agentNotFound(agentId);
        const id = messageId === 'latest' ? agent.message_count - 1 : messageId;
        const pages = new PageList(agent.pages);
        const page = pages.find(id);
        const source = page === undefined ? agent.messages : await this.pages.read(page);
        const before = source.find(({ message_id }) => message_id === id) ?? messageNotFound(id);
        const after = redacted(before, redaction, now);
        const messages = source.map((each) => (each === before ? after : each));
        const push = guardrail(session, { agent_id: agentId, message_id: id }, redaction, now);
        const touched = { [`agents.${key}.updated_at`]: now };
        if (page === undefined) {
          const $set = { ...newTail(key, tailOf(messages)), ...touched };
          return { result: { message: after, replaced: page }, update: { $set, ...push } };
        }
        const [copy] = await this.pages.write(session.family ?? '', [{ messages }]);
        const { text } = pages.replace(page, copy ?? page);
        return {
          result: { message: after, replaced: page },
          update: { $set: { [`agents.${key}.pages`]: text, ...touched }, ...push },
          undo: () => this.pages.delete(copy === undefined ? [] : [copy]),
        };
      },
    );
    return this.#done(sessionId, message, replaced);
  }

  /**
   * Removes the newest message and returns it.
   *
   * @throws {NotFoundException} when there is no such session or agent, or no message.
   */
  async pop(sessionId: string, agentId: string): Promise<Message> {
    const key = agentKey(requireAgentId(agentId));
    const { message, replaced } = await this.sessions.change<Edited>(
      requireSessionId(sessionId),
      agentFields(key, LOG),
      async ({ agents }, now) => {
        const agent = agentIn(agents, agentId) ?? agentNotFound(agentId);
        const pages = new PageList(agent.pages);
        const page = agent.messages.length === 0 ? pages.last : undefined;
        const newest = page === undefined ? agent.messages : await this.pages.read(page);
        const last = newest.at(-1) ?? messageNotFound('latest');
        const $set = {
          ...newTail(key, tailOf(newest.slice(0, -1))),
          ...(page === undefined ? {} : { [`agents.${key}.pages`]: pages.withoutLast().text }),
          [`agents.${key}.message_count`]: last.message_id,
          [`agents.${key}.appends`]: stillWhole(agent, last.message_id),
          [`agents.${key}.updated_at`]: now,
        };
        return { result: { message: last, replaced: page }, update: { $set } };
      },
    );
    return this.#done(sessionId, message, replaced);
  }

  async #done(
    sessionId: string,
    message: StoredMessage,
    replaced: PageRef | undefined,
  ): Promise<Message> {
    if (replaced !== undefined) await this.families.release(sessionId, replaced);
    return shownMessage(message);
  }
}

/** The result of an edit. */
interface Edited {
  readonly message: StoredMessage;
  /** The page that the session no longer refers to. */
  readonly replaced: PageRef | undefined;
}

/** The append of a removed message is forgotten, so a retry appends anew. */
const stillWhole = ({ appends }: StoredAgent, messageId: number): StoredAgent['appends'] =>
  appends.filter(({ first, count }) => first + count <= messageId);

function guardrail(
  { guardrail_events: events = [] }: SessionPart,
  about: Pick<GuardrailEvent, 'agent_id' | 'message_id'>,
  { guardrailEvent }: Redaction,
  now: string,
): { $push?: { guardrail_events: GuardrailEvent } } {
  if (guardrailEvent === undefined) return {};
  if (events.length >= MAX_GUARDRAIL_EVENTS) {
    throw new ConflictException(
      `The session has ${MAX_GUARDRAIL_EVENTS} guardrail events already, the maximum`,
    );
  }
  const event = stored(guardrailEvent) ?? {};
  return { $push: { guardrail_events: { ...about, event, created_at: now } } };
}
