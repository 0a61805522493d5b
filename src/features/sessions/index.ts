export { feedbackCodec, FeedbackNotification } from './codec/feedback.codec.js';
export {
  METADATA_UPDATE_EVENT,
  metadataCodec,
  MetadataNotification,
  type MetadataNotificationInit,
  type MetadataOperation,
} from './codec/metadata.codec.js';
export type { Feedback, FeedbackStats, Rating, RatingName } from './feedback.js';
export {
  CreateSessionDto,
  FeedbackDto,
  MetadataUpdateMessage,
  type FeedbackPage,
  type NewSessionView,
  type SessionPage,
  type SessionView,
} from './sessions.dto.js';
export { sessionsFeature } from './sessions.feature.js';
export { SessionsModule } from './sessions.module.js';
export {
  DEFAULT_STREAM_OPTIONS,
  SESSION_STREAM_OPTIONS,
  SESSIONS_OPTIONS,
  type SessionsOptions,
  type SessionStreamOptions,
} from './sessions.options.js';
export { FEEDBACK_PATTERNS, METADATA_UPDATE_PATTERN } from './sessions.patterns.js';
export { SessionsService, type CreatedSession } from './sessions.service.js';
export { sessionsSettings } from './sessions.settings.js';
export { sessionsTopology } from './sessions.topology.js';
