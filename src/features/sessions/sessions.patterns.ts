import type { RatingName } from './feedback/feedback.js';

/** The pattern a feedback of each rating goes out under. */
export const FEEDBACK_PATTERNS: Readonly<Record<RatingName, string>> = {
  positive: 'session.feedback.positive',
  negative: 'session.feedback.negative',
  neutral: 'session.feedback.neutral',
};

/** The pattern of a change of metadata on the metadata queue. */
export const METADATA_UPDATE_PATTERN = 'session.metadata_update';

/** The pattern by which the instances of the service tell one another of a change. */
export const LIVE_UPDATE_PATTERN = 'session.live_update';
