import { isWholeNumber } from '../../../common/whole-numbers.js';
import { isJsonObject, type JsonObject } from '../../../protocol/index.js';
import { fieldFault, requireFreeForm } from '../free-form.js';
import { readInput } from '../../../platform/http/index.js';
import { isAgentId } from '../session-id.js';
import {
  MAX_AUTHOR_LENGTH,
  MAX_FEEDBACK_EXTRAS_BYTES,
  MAX_FREE_FORM_DEPTH,
} from '../sessions.constants.js';
import type { FeedbackSubject, Rating } from './feedback.js';
import { FeedbackDto } from './feedback.dto.js';

/** A feedback to add. */
export interface NewFeedback {
  readonly rating: Rating;
  readonly comment: string | null;
  /** If present, the feedback replaces an earlier one by this author about this message. */
  readonly subject: FeedbackSubject | undefined;
  /** All further fields, unchanged, including `author`, `agent_id` and `message_id`. */
  readonly extras: JsonObject;
}

/** Fields that the service itself writes. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['rating', 'comment', 'created_at']);
const SUBJECT_FIELDS = ['author', 'agent_id', 'message_id'] as const;

/**
 * Reads the body of `POST …/feedback`.
 *
 * @throws {ValidationFailedError} naming each field that does not fit.
 */
export function readFeedback(body: unknown): NewFeedback {
  const { rating, comment } = readInput(FeedbackDto, body);
  const given: JsonObject = isJsonObject(body) ? body : {};
  const extras = requireFreeForm(
    Object.fromEntries(Object.entries(given).filter(([name]) => !OWN_FIELDS.has(name))),
    'feedback',
    { bytes: MAX_FEEDBACK_EXTRAS_BYTES, depth: MAX_FREE_FORM_DEPTH },
  );
  return {
    rating: rating ?? null,
    comment: comment ?? null,
    subject: readSubject(extras),
    extras,
  };
}

/**
 * Reads author and message of a feedback. An agent and a message without an author are kept as further fields, and
 * identify no feedback.
 *
 * @throws {ValidationFailedError} when one of the three is malformed.
 */
export function readSubject(given: Readonly<JsonObject>): FeedbackSubject | undefined {
  const [author, agentId, messageId] = SUBJECT_FIELDS.map((name) => given[name] ?? undefined);
  if (author !== undefined && !isAuthor(author)) {
    throw fieldFault('author', `must be a text of 1 to ${MAX_AUTHOR_LENGTH} characters`);
  }
  if (agentId !== undefined && !isAgentId(agentId)) {
    throw fieldFault('agent_id', 'must be the id of an agent');
  }
  if (messageId !== undefined && !isWholeNumber(messageId, 0)) {
    throw fieldFault('message_id', 'must be the number of a message');
  }
  if (messageId !== undefined && agentId === undefined) {
    throw fieldFault('agent_id', 'is required with message_id');
  }
  if (author === undefined || agentId === undefined || messageId === undefined) return undefined;
  return { author, agent_id: agentId, message_id: messageId };
}

const isAuthor = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_AUTHOR_LENGTH;
