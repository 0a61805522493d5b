export type { AgentConfig, AgentView } from './agents/agent.js';
export { feedbackCodec } from './codec/feedback.codec.js';
export { METADATA_UPDATE_EVENT, metadataCodec } from './codec/metadata.codec.js';
export { FeedbackDto, type FeedbackPage } from './feedback/feedback.dto.js';
export type {
  Feedback,
  FeedbackStats,
  FeedbackSubject,
  Rating,
  RatingName,
} from './feedback/feedback.js';
export type { Message, NewMessage } from './messages/message.js';
export type { AppendResult, MessagesPage, MessagesRange } from './messages/messages.service.js';
export type { AnnouncedChange, MetadataOperation } from './metadata/metadata-change.js';
export {
  createFeedbackSnsHook,
  createLiveUpdatesHook,
  createMetadataSqsHook,
  type FeedbackTemplate,
  type FeedbackText,
} from './notifications/aws-hooks.js';
export {
  SESSION_HOOKS,
  type FeedbackEvent,
  type MetadataEvent,
  type SessionHook,
  type SessionNotification,
} from './notifications/session-hooks.js';
export {
  CreateSessionDto,
  MetadataUpdateMessage,
  type NewSessionView,
  type SessionPage,
  type SessionSummary,
  type SessionView,
} from './sessions.dto.js';
export type { Fork } from './session-forks.service.js';
export type { CreatedSession, SessionsQuery } from './session-lifecycle.service.js';
export { SessionsModule, type SessionsModuleOptions } from './sessions.module.js';
export {
  DEFAULT_STREAM_OPTIONS,
  SESSION_STREAM_OPTIONS,
  SESSIONS_OPTIONS,
  type SessionExpiry,
  type SessionsOptions,
  type SessionStreamOptions,
} from './sessions.options.js';
export {
  FEEDBACK_PATTERNS,
  LIVE_UPDATE_PATTERN,
  METADATA_UPDATE_PATTERN,
} from './sessions.patterns.js';
export { sessionsFeature } from './sessions.feature.js';
export { sessionsSettings } from './sessions.settings.js';
export { SessionsService } from './sessions.service.js';
export { sessionsTopology } from './sessions.topology.js';
