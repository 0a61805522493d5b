import { isFifoName } from '../../../common/resource-names.js';
import { ratingName, type RatingName } from '../feedback/feedback.js';
import { NO_NOTIFICATION, type SessionsOptions } from '../sessions.options.js';
import {
  FEEDBACK_PATTERNS,
  LIVE_UPDATE_PATTERN,
  METADATA_UPDATE_PATTERN,
} from '../sessions.patterns.js';
import { METADATA_UPDATE_EVENT } from '../codec/metadata.codec.js';
import { feedbackSubject } from '../codec/feedback.codec.js';
import type { FeedbackEvent, SessionHook } from './session-hooks.js';

/** The text of a feedback's message. */
export interface FeedbackText {
  /** Control characters are removed, and the text is cut to 99 characters. */
  readonly subject: string;
  readonly body: string;
}

/** Writes the text of a feedback's message. It gets the feedback, but no secret of the session. */
export type FeedbackTemplate = (event: FeedbackEvent) => FeedbackText;

/**
 * A hook that publishes each feedback to the SNS topic of its rating. A topic `none` turns
 * that rating off; the feedback is stored all the same.
 *
 * @param template Default: `Virtual Agents Feedback negative on session …`, and the comment.
 */
export function createFeedbackSnsHook(
  { good, bad, neutral }: SessionsOptions['feedbackTopics'],
  template?: FeedbackTemplate,
): SessionHook {
  const topics: Readonly<Record<RatingName, string>> = { positive: good, negative: bad, neutral };
  return {
    feedbackNotifications(event) {
      const { session_id, feedback } = event;
      const rating = ratingName(feedback.rating);
      if (topics[rating] === NO_NOTIFICATION) return [];
      const text = template?.(event) ?? {
        subject: feedbackSubject(rating, session_id),
        body: `Session: ${session_id}\n\n${feedback.comment ?? ''}`,
      };
      return [
        {
          channel: FEEDBACK_PATTERNS[rating],
          pattern: FEEDBACK_PATTERNS[rating],
          data: { session_id, rating, subject: text.subject, body: text.body },
          fifo: isFifoName(topics[rating]),
        },
      ];
    },
  };
}

/** A hook that sends each announced change of metadata to an SQS queue; `none` turns it off. */
export function createMetadataSqsHook(queue: string): SessionHook {
  if (queue === NO_NOTIFICATION) return {};
  return {
    metadataNotifications: (session_id, { operation, metadata, timestamp, sequence }) => [
      {
        channel: METADATA_UPDATE_PATTERN,
        pattern: METADATA_UPDATE_PATTERN,
        data: {
          session_id,
          event: METADATA_UPDATE_EVENT,
          operation,
          metadata,
          timestamp,
          sequence,
        },
        fifo: isFifoName(queue),
      },
    ],
  };
}

/** A hook that sends changes for browsers to every instance of the service. */
export function createLiveUpdatesHook(): SessionHook {
  return {
    metadataNotifications: (session_id, change) => [
      {
        channel: LIVE_UPDATE_PATTERN,
        pattern: LIVE_UPDATE_PATTERN,
        data: { session_id, ...change },
        fifo: false,
      },
    ],
  };
}
