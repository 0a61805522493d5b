import type { JsonObject } from '../../../protocol/index.js';
import { fieldFault, requireFreeForm, stored } from '../free-form.js';
import type { StoredMessage } from '../session.document.js';
import { MAX_FREE_FORM_DEPTH, MAX_GUARDRAIL_EVENT_BYTES } from '../sessions.constants.js';
import { requireContent } from './message.js';

/** The replacement of a message, and the reason. */
export interface Redaction {
  /** `role` and `content`, as of a message. */
  readonly redactMessage: JsonObject;
  /** Whether the original is kept in the document besides the replacement. */
  readonly keepOriginal: boolean;
  /** The guardrail's event. */
  readonly guardrailEvent: JsonObject | undefined;
}

/**
 * Reads the body of `PATCH …/messages/{n}`.
 *
 * @throws {ValidationFailedError} naming the field that does not fit.
 */
export function readRedaction(value: unknown): Redaction {
  const body = requireFreeForm(value, 'body', { bytes: Infinity, depth: MAX_FREE_FORM_DEPTH + 1 });
  const keep = body['keep_original'] ?? false;
  if (typeof keep !== 'boolean') throw fieldFault('keep_original', 'must be true or false');
  const event = body['guardrail_event'] ?? undefined;
  return {
    redactMessage: requireContent(body['redact_message'], 'redact_message'),
    keepOriginal: keep,
    guardrailEvent:
      event === undefined
        ? undefined
        : requireFreeForm(event, 'guardrail_event', {
            bytes: MAX_GUARDRAIL_EVENT_BYTES,
            depth: MAX_FREE_FORM_DEPTH,
          }),
  };
}

/** The message with its text replaced; its number, creation time and metrics are kept. */
export function redacted(
  message: StoredMessage,
  { redactMessage, keepOriginal }: Redaction,
  now: string,
): StoredMessage {
  const replacement = stored(redactMessage) ?? {};
  return {
    ...message,
    message: keepOriginal ? message.message : replacement,
    redact_message: replacement,
    updated_at: now,
  };
}
