import type { JsonObject } from '../../../protocol/index.js';
import type { Feedback } from '../feedback/feedback.js';
import type { AnnouncedChange, MetadataOperation } from '../metadata/metadata-change.js';

/** A change of metadata, before or after it is written. */
export interface MetadataEvent {
  readonly session_id: string;
  readonly operation: MetadataOperation;
  /** Every changed field; `null` for each deleted one. */
  readonly metadata: Readonly<JsonObject>;
}

/** A feedback, before or after it is written. */
export interface FeedbackEvent {
  readonly session_id: string;
  readonly feedback: Feedback;
}

/** A message about a change; it is written together with the change, so that it cannot be lost. */
export interface SessionNotification {
  /** Notifications of one session in one channel are sent in order. A failing channel does not delay others. */
  readonly channel: string;
  /** Its pattern; the topology's route decides the destination. */
  readonly pattern: string;
  /** The data to send: plain JSON. */
  readonly data: JsonObject;
  /** Whether the destination is FIFO: the session is then the message group. */
  readonly fifo: boolean;
}

/**
 * Hooks around each change of a session. Every method is optional. A hook gets the change, never a secret of the
 * session.
 *
 * @example
 * // Refuses feedback that holds an e-mail address, and counts the rest.
 * const hook: SessionHook = {
 *   beforeFeedback({ feedback }) {
 *     if (feedback.comment?.includes('@')) throw new BadRequestException('No addresses, please');
 *   },
 *   afterFeedback: () => counter.inc(),
 * };
 */
export interface SessionHook {
  /** Called before the write. An error refuses the change: the caller gets it, and nothing is written. */
  beforeMetadata?(event: MetadataEvent): void | Promise<void>;
  beforeFeedback?(event: FeedbackEvent): void | Promise<void>;
  /** Messages to send about an announced change. Called within the write, perhaps several times: it only computes. */
  metadataNotifications?(
    sessionId: string,
    change: AnnouncedChange,
  ): readonly SessionNotification[];
  feedbackNotifications?(event: FeedbackEvent): readonly SessionNotification[];
  /**
   * Called after the write, while the caller is answered. An error is logged. A crash can skip it: use a notification
   * for anything that must not be lost.
   */
  afterMetadata?(event: MetadataEvent): void | Promise<void>;
  afterFeedback?(event: FeedbackEvent): void | Promise<void>;
}

/**
 * Injection token of the list of hooks, which includes those of SNS and SQS by default.
 *
 * @example
 * SessionsModule.forRoot(options, [myHook]);
 */
export const SESSION_HOOKS = Symbol('SESSION_HOOKS');
