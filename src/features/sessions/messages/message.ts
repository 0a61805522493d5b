import { NotFoundException } from '@nestjs/common';
import { isTime, type JsonObject } from '../../../protocol/index.js';
import { fieldFault, jsonBytes, requireFreeForm } from '../free-form.js';
import {
  MAX_CLIENT_TOKEN_LENGTH,
  MAX_FREE_FORM_DEPTH,
  MAX_MESSAGE_BYTES,
} from '../sessions.constants.js';

/** One message of an agent in answers. */
export interface Message {
  /** Counts from 0 in each agent, without gaps. */
  readonly message_id: number;
  /** The content: `role` and a list `content`. After a redaction: the replacement. */
  readonly message: JsonObject;
  /** The replacement of a redacted message; null if it is not redacted. */
  readonly redact_message: JsonObject | null;
  readonly created_at: string;
  readonly updated_at: string;
  /** Metrics reported by the agent, such as tokens and latency. */
  readonly event_loop_metrics: JsonObject | null;
}

/** A message to append. */
export interface NewMessage {
  readonly message: JsonObject;
  readonly redact_message: JsonObject | null;
  readonly event_loop_metrics: JsonObject | null;
  /** Time of the message, if the client knows it. Default: when it is stored. */
  readonly created_at?: string;
  /** Default: `created_at`. */
  readonly updated_at?: string;
}

const LIMITS = { bytes: MAX_MESSAGE_BYTES, depth: MAX_FREE_FORM_DEPTH };

/**
 * Reads one message of a request.
 *
 * @throws {ValidationFailedError} naming the field, when `message` has no text `role` and
 * no list `content`, or when the message with its metrics is too large.
 */
export function readNewMessage(body: Readonly<JsonObject>, at = ''): NewMessage {
  const message = requireContent(body['message'], `${at}message`);
  const redact_message = optional(body['redact_message'], (value) =>
    requireContent(value, `${at}redact_message`),
  );
  const event_loop_metrics = optional(body['event_loop_metrics'], (value) =>
    requireFreeForm(value, `${at}event_loop_metrics`, LIMITS),
  );
  const read = {
    message,
    redact_message,
    event_loop_metrics,
    ...readTime(body, 'created_at', at),
    ...readTime(body, 'updated_at', at),
  };
  if (jsonBytes(read) > MAX_MESSAGE_BYTES) {
    throw fieldFault(`${at}message`, `must be at most ${MAX_MESSAGE_BYTES} bytes with its metrics`);
  }
  return read;
}

/** @throws {ValidationFailedError} when the value is no message content. */
export function requireContent(value: unknown, field: string): JsonObject {
  const content = requireFreeForm(value, field, LIMITS);
  const { role } = content;
  if (typeof role !== 'string' || role === '' || role.length > 64) {
    throw fieldFault(`${field}.role`, 'must be a text of 1 to 64 characters');
  }
  if (!Array.isArray(content['content'])) throw fieldFault(`${field}.content`, 'must be a list');
  return content;
}

/**
 * The token by which a retried append is recognised: the header `Idempotency-Key`, or the
 * body's `client_token`.
 *
 * @throws {ValidationFailedError} for an empty, a long or an unprintable one.
 */
export function readClientToken(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const printable = typeof value === 'string' && /^[\u0020-\u007e\u00a0-\uffff]+$/.test(value);
  if (printable && value.length <= MAX_CLIENT_TOKEN_LENGTH) return value;
  throw fieldFault(
    'client_token',
    `must be a text of 1 to ${MAX_CLIENT_TOKEN_LENGTH} printable characters`,
  );
}

/** @throws {ValidationFailedError} when the field is there and no ISO 8601 time with an offset. */
function readTime(
  body: Readonly<JsonObject>,
  name: 'created_at' | 'updated_at',
  at: string,
): { readonly [name: string]: string } {
  const value = body[name] ?? undefined;
  if (value === undefined) return {};
  if (!isTime(value)) throw fieldFault(`${at}${name}`, 'must be an ISO 8601 time with an offset');
  return { [name]: value };
}

function optional(value: unknown, read: (value: unknown) => JsonObject): JsonObject | null {
  return value === undefined || value === null ? null : read(value);
}

export function messageNotFound(messageId: number | 'latest'): never {
  throw new NotFoundException(`Message not found: ${messageId}`);
}
