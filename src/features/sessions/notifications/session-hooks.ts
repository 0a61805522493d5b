import type { JsonObject } from '../../../protocol/index.js';
import type { Feedback } from '../feedback/feedback.js';
import type { AnnouncedChange, MetadataOperation } from '../metadata/metadata-change.js';

/** A change of metadata that is about to be written, or was. */
export interface MetadataEvent {
  readonly session_id: string;
  readonly operation: MetadataOperation;
  /** Every changed field; `null` for each deleted one. */
  readonly metadata: Readonly<JsonObject>;
}

/** A feedback that is about to be written, or was. */
export interface FeedbackEvent {
  readonly session_id: string;
  readonly feedback: Feedback;
}

/** A message to be sent about a change; it is written with the change, so that none is lost. */
export interface SessionNotification {
  /** Notifications of one session in one channel are sent in order. A channel that fails holds up no other. */
  readonly channel: string;
  /** The pattern it is sent under; a route of the topology says where to. */
  readonly pattern: string;
  /** What is sent: plain JSON. */
  readonly data: JsonObject;
  /** Whether the destination is FIFO: the session is then the message group. */
  readonly fifo: boolean;
}

/**
 * What happens around each change of a session. Every method may be left out. A hook is
 * given the change, never a secret of the session.
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
  /** Before the write. An error refuses the change: the caller gets it, and nothing is written. */
  beforeMetadata?(event: MetadataEvent): void | Promise<void>;
  beforeFeedback?(event: FeedbackEvent): void | Promise<void>;
  /** Messages to send about an announced change. Called within the write, perhaps several times: it only computes. */
  metadataNotifications?(
    sessionId: string,
    change: AnnouncedChange,
  ): readonly SessionNotification[];
  feedbackNotifications?(event: FeedbackEvent): readonly SessionNotification[];
  /** After the write, while the caller is answered. An error is logged. A crash can skip it: what must not be lost is a notification. */
  afterMetadata?(event: MetadataEvent): void | Promise<void>;
  afterFeedback?(event: FeedbackEvent): void | Promise<void>;
}

/**
 * Injection token of the list of hooks. Those of SNS and SQS are among them by default.
 *
 * @example
 * SessionsModule.forRoot(options, [myHook]);
 */
export const SESSION_HOOKS = Symbol('SESSION_HOOKS');
