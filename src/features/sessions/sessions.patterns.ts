import type { RatingName } from './feedback.js';

/** The pattern a feedback of each rating goes out under. */
export const FEEDBACK_PATTERNS: Readonly<Record<RatingName, string>> = {
  positive: 'session.feedback.positive',
  negative: 'session.feedback.negative',
  neutral: 'session.feedback.neutral',
};

/** The pattern of a change of metadata, on the way out and on the way back in. */
export const METADATA_UPDATE_PATTERN = 'session.metadata_update';
