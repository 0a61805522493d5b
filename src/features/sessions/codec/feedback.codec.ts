import { isJsonObject } from '../../../common/objects.js';
import type {
  DecodedMessage,
  EncodedMessage,
  MessageCodec,
  OutgoingPacket,
  ReceivedMessage,
} from '../../../transport/codec/index.js';
import { InvalidMessageError, InvalidRecordError } from '../../../transport/errors/index.js';
import type { RatingName } from '../feedback/feedback.js';
import { MAX_SUBJECT_LENGTH } from '../sessions.constants.js';
import { FEEDBACK_PATTERNS } from '../sessions.patterns.js';

/** Characters that a subject may not contain: control and format characters, surrogates, line separators. */
const NOT_IN_SUBJECT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** XML 1.0 does not allow these, and SNS and SQS refuse a body with one. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const NOT_IN_BODY = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF\p{Cs}]/gu;

/**
 * The SNS message of a feedback: a text for people, and attributes for filter policies.
 *
 * @example
 * // Subject: Virtual Agents Feedback negative on session user-session-123
 * // Session: user-session-123
 * //
 * // The response was incomplete
 */
export const feedbackCodec: MessageCodec = {
  name: 'session-feedback',

  encode({ data }: OutgoingPacket): EncodedMessage {
    const { session_id, rating, subject, body } = isJsonObject(data) ? data : {};
    if (
      typeof session_id !== 'string' ||
      !isRatingName(rating) ||
      typeof subject !== 'string' ||
      typeof body !== 'string'
    ) {
      throw new InvalidRecordError('Feedback must have session_id, rating, subject and body');
    }
    return {
      subject: cleanSubject(subject),
      body: body.replace(NOT_IN_BODY, ''),
      attributes: {
        session_id: { type: 'String', value: session_id },
        rating: { type: 'String', value: rating },
      },
    };
  },

  decode({ body, attributes }: ReceivedMessage): DecodedMessage {
    const session_id = attributes.get('session_id');
    const rating = attributes.get('rating');
    if (session_id === undefined || !isRatingName(rating)) {
      throw new InvalidMessageError(
        'The message is not feedback: it has no attributes session_id and rating',
      );
    }
    return { pattern: FEEDBACK_PATTERNS[rating], data: { session_id, rating, body } };
  },
};

/** The subject of a feedback's message. */
export function feedbackSubject(rating: RatingName, sessionId: string): string {
  return cleanSubject(`Virtual Agents Feedback ${rating} on session ${sessionId}`);
}

/** Removes characters that SNS refuses in a subject, and cuts the text below 100 characters. */
function cleanSubject(text: string): string {
  // The cut must not split a surrogate pair or leave a space at the end.
  return text
    .replace(NOT_IN_SUBJECT, '')
    .slice(0, MAX_SUBJECT_LENGTH)
    .replace(/\p{Cs}$/u, '')
    .trimEnd();
}

function isRatingName(value: unknown): value is RatingName {
  return typeof value === 'string' && Object.hasOwn(FEEDBACK_PATTERNS, value);
}
