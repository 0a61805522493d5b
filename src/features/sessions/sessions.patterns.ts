import type { RatingName } from './feedback/feedback.js';

/** The pattern of feedback, by rating. */
export const FEEDBACK_PATTERNS: Readonly<Record<RatingName, string>> = {
  positive: 'session.feedback.positive',
  negative: 'session.feedback.negative',
  neutral: 'session.feedback.neutral',
};

/** The pattern of a change of metadata on the metadata queue. */
export const METADATA_UPDATE_PATTERN = 'session.metadata_update';

/** The pattern of changes that instances of the service pass to each other. */
export const LIVE_UPDATE_PATTERN = 'session.live_update';
