import { InvalidMessageError, InvalidRecordError } from '../../../transport/errors/index.js';
import type {
  DecodedMessage,
  EncodedMessage,
  MessageCodec,
  OutgoingPacket,
  ReceivedMessage,
} from '../../../transport/codec/index.js';
import type { RatingName } from '../feedback.js';
import { MAX_SUBJECT_LENGTH } from '../sessions.constants.js';
import { FEEDBACK_PATTERNS } from '../sessions.patterns.js';

/** What is told to the outside about a feedback; never a secret of the session. */
export class FeedbackNotification {
  constructor(
    readonly session_id: string,
    readonly rating: RatingName,
    readonly comment: string | null,
  ) {}
}

/** Control and format characters, surrogates, and the line separators: no subject may hold them. */
const NOT_IN_SUBJECT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** XML 1.0 has no place for these, and SNS and SQS refuse a body that holds one. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const NOT_IN_BODY = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF\p{Cs}]/gu;

const BODY = /^Session: ([^\n]*)\n\n([^]*)$/;

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
    if (!(data instanceof FeedbackNotification)) {
      throw new InvalidRecordError('Only a FeedbackNotification goes out as one');
    }
    const { session_id, rating, comment } = data;
    return {
      subject: feedbackSubject(rating, session_id),
      body: `Session: ${session_id}\n\n${(comment ?? '').replace(NOT_IN_BODY, '')}`,
      attributes: {
        session_id: { type: 'String', value: session_id },
        rating: { type: 'String', value: rating },
      },
    };
  },

  decode(message: ReceivedMessage): DecodedMessage {
    const [, session_id, comment] = BODY.exec(message.body) ?? [];
    const rating = message.attributes.get('rating');
    if (session_id === undefined || !isRatingName(rating)) {
      throw new InvalidMessageError('Not a feedback notification');
    }
    const data = new FeedbackNotification(session_id, rating, comment ?? '');
    return { pattern: FEEDBACK_PATTERNS[rating], data };
  },
};

/** The subject, without what SNS refuses in one and below 100 characters whatever the id is. */
export function feedbackSubject(rating: RatingName, sessionId: string): string {
  const text = `Virtual Agents Feedback ${rating} on session ${sessionId}`.replace(
    NOT_IN_SUBJECT,
    '',
  );
  // A cut may not go through a surrogate pair, nor leave a space at the end.
  return text
    .slice(0, MAX_SUBJECT_LENGTH)
    .replace(/\p{Cs}$/u, '')
    .trimEnd();
}

function isRatingName(value: string | undefined): value is RatingName {
  return value !== undefined && Object.hasOwn(FEEDBACK_PATTERNS, value);
}
