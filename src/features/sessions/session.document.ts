import { withOutbox, type OutboxDocument } from '../../platform/outbox/index.js';
import type { CollectionDefinition } from '../../platform/persistence/index.js';
import type { JsonObject } from '../../protocol/index.js';
import type { Feedback } from './feedback/feedback.js';
import type { Message } from './messages/message.js';
import type { AnnouncedChange } from './metadata/metadata-change.js';

/** A message as documents keep it, its free-form parts with stored keys. */
export type StoredMessage = Message;

/** A reference to a page of messages that are no longer in the session document. */
export interface PageRef {
  readonly id: string;
  /** The message id of its first message. */
  readonly first: number;
  readonly count: number;
}

/** An append that a client may retry. */
export interface KeyedAppend {
  /** A hash of the client's token. */
  readonly token: string;
  readonly first: number;
  readonly count: number;
}

/** One agent of a session. */
export interface StoredAgent {
  agent_id: string;
  /** The client's data, with stored keys, including unknown fields. */
  agent_data: JsonObject;
  created_at: string;
  updated_at: string;
  /** Number of messages in pages and here, which is the id of the next one. */
  message_count: number;
  /** The newest messages. */
  messages: StoredMessage[];
  /** Bytes of `messages` as JSON. */
  messages_bytes: number;
  /** Pages of the older messages: the text of a `PageList`. */
  pages: string;
  /** The latest appends with a client token, oldest first. */
  appends: KeyedAppend[];
}

/** An event of an agent's guardrail. */
export interface GuardrailEvent {
  readonly agent_id: string;
  readonly message_id: number;
  /** With stored keys. */
  readonly event: JsonObject;
  readonly created_at: string;
}

/** A session in one document, so that every atomic change is one update; only older messages are elsewhere. */
export interface SessionDocument extends OutboxDocument {
  /** The session's id. */
  _id: string;
  application_name: string | null;
  session_type: string | null;
  created_at: string;
  updated_at: string;
  /** With stored keys. */
  metadata: JsonObject;
  /** Oldest first; further fields with stored keys. */
  feedbacks: Feedback[];
  /** How many there are, which is asked without reading them. */
  feedback_count: number;
  /** Their bytes as JSON. */
  feedback_bytes: number;
  guardrail_events: GuardrailEvent[];
  /** By the stored key of the agent's id. */
  agents: Record<string, StoredAgent>;
  /** How many there are, which is asked without reading them. */
  agent_count: number;
  /** Announced changes of the metadata so far. */
  sequence: number;
  /** The latest changes, oldest first, for event streams that resume. */
  changes: AnnouncedChange[];
  /** Grows with every change: a writer that read an older revision must read again. */
  revision: number;
  /** Equal for sessions that share pages of messages: a session and its forks. */
  family: string;
  /** Never leaves the service. */
  session_viewer_password_hash: string;
  /** When the session expires; absent: never. */
  expires_at?: Date;
  /** Whether it is deleted, and exists only for its waiting notifications. */
  deleted?: boolean;
}

export const SESSIONS_COLLECTION = withOutbox<SessionDocument>({
  name: 'sessions',
  indexes: [
    { fields: { created_at: -1, _id: -1 } },
    { fields: { application_name: 1, created_at: -1, _id: -1 } },
    { fields: { family: 1 } },
    { fields: { expires_at: 1 }, sparse: true },
    { fields: { deleted: 1 }, sparse: true },
  ],
});

/** A page of older messages. It never changes: a redaction creates another one. */
export interface MessagePageDocument {
  _id: string;
  family: string;
  messages: StoredMessage[];
}

export const MESSAGE_PAGES_COLLECTION: CollectionDefinition<MessagePageDocument> = {
  name: 'session_messages',
  indexes: [{ fields: { family: 1 } }],
};
