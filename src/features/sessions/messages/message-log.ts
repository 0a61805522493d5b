import type { Projection } from '../../../platform/persistence/index.js';
import { jsonBytes, stored, unstored } from '../free-form.js';
import { PAGE_BYTES } from '../sessions.constants.js';
import type { StoredAgent, StoredMessage } from '../session.document.js';
import type { Message, NewMessage } from './message.js';

/** The newest messages of an agent, in the session document. */
export interface Tail {
  readonly messages: readonly StoredMessage[];
  /** Their bytes as JSON. */
  readonly bytes: number;
}

/** The result of an append. */
interface Appended {
  readonly tail: Tail;
  /** Full pages, oldest first, for messages that no longer fit. */
  readonly full: readonly Tail[];
}

/** Numbers new messages from `first` on. */
export function numbered(
  messages: readonly NewMessage[],
  first: number,
  now: string,
): StoredMessage[] {
  return messages.map(({ message, redact_message, event_loop_metrics, ...times }, index) => ({
    message_id: first + index,
    message: stored(message) ?? {},
    redact_message: stored(redact_message),
    created_at: times.created_at ?? now,
    updated_at: times.updated_at ?? times.created_at ?? now,
    event_loop_metrics: stored(event_loop_metrics),
  }));
}

/** A stored message in its original form. */
export function shownMessage(message: StoredMessage): Message {
  return {
    ...message,
    message: unstored(message.message) ?? {},
    redact_message: unstored(message.redact_message),
    event_loop_metrics: unstored(message.event_loop_metrics),
  };
}

/**
 * The tail with the new messages appended. If it exceeds a page, all but the newest part moves to full pages.
 */
export function appendTo(tail: Tail, added: readonly StoredMessage[]): Appended {
  const parts: { messages: StoredMessage[]; bytes: number }[] = [
    { messages: [...tail.messages], bytes: tail.bytes },
  ];
  for (const message of added) {
    const bytes = jsonBytes(message);
    const last = parts.at(-1);
    if (last !== undefined && (last.messages.length === 0 || last.bytes + bytes <= PAGE_BYTES)) {
      last.messages.push(message);
      last.bytes += bytes;
    } else {
      parts.push({ messages: [message], bytes });
    }
  }
  const newest = parts.pop() ?? EMPTY_TAIL;
  return { tail: newest, full: parts };
}

/** The projection of one agent of a session. */
export function agentFields(key: string, fields: readonly (keyof StoredAgent)[]): Projection {
  const read = ['agent_id', ...fields];
  return Object.fromEntries(read.map((field) => [`agents.${key}.${field}`, 1]));
}

/** The fields to set for a tail that is replaced. */
export function newTail(key: string, tail: Tail): Record<string, unknown> {
  return {
    [`agents.${key}.messages`]: tail.messages,
    [`agents.${key}.messages_bytes`]: tail.bytes,
  };
}

const EMPTY_TAIL: Tail = { messages: [], bytes: 0 };

export function tailOf(messages: readonly StoredMessage[]): Tail {
  return { messages, bytes: messages.reduce((sum, message) => sum + jsonBytes(message), 0) };
}
