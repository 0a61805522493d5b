import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import {
  fromStoredKeys,
  toStoredKeys,
  type Projection,
  type Update,
} from '../../../platform/persistence/index.js';
import { utcNow } from '../../../protocol/index.js';
import { agentIn, agentKey, agentNotFound } from '../agents/agent.js';
import { agentFields } from '../messages/message-log.js';
import { jsonBytes } from '../free-form.js';
import { HookRunner } from '../notifications/hook-runner.js';
import { requireSessionId } from '../session-id.js';
import type { SessionDocument } from '../session.document.js';
import { MAX_FEEDBACKS, MAX_FEEDBACKS_BYTES } from '../sessions.constants.js';
import { SessionsRepository, type SessionPart } from '../sessions.repository.js';
import type { FeedbackPage } from './feedback.dto.js';
import {
  feedbackStats,
  isAbout,
  type Feedback,
  type FeedbackStats,
  type FeedbackSubject,
  type Rating,
} from './feedback.js';
import type { NewFeedback } from './read-feedback.js';

/** Users' feedback on a session's answers. */
@Injectable()
export class FeedbackService {
  constructor(
    private readonly sessions: SessionsRepository,
    private readonly hooks: HookRunner,
  ) {}

  /**
   * Stores a feedback. An author's feedback about a message replaces the author's earlier one about it.
   *
   * @throws {NotFoundException} when there is no such session, or no such agent or message.
   * @throws {ConflictException} when the session has the maximum number of feedbacks.
   */
  async add(sessionId: string, input: NewFeedback): Promise<Feedback> {
    requireSessionId(sessionId);
    const { rating, comment, extras, subject } = input;
    const feedback: Feedback = { rating, comment, ...extras, created_at: utcNow() };
    const event = { session_id: sessionId, feedback };
    await this.hooks.beforeFeedback(event);
    const kept = toStoredKeys(feedback) as Feedback;
    await this.sessions.change(sessionId, fieldsFor(subject), (session) => ({
      result: undefined,
      update: added(session, kept, subject),
      notifications: this.hooks.feedbackNotifications(event),
    }));
    this.hooks.afterFeedback(event);
    return feedback;
  }

  /**
   * Removes an author's feedback about a message.
   *
   * @throws {NotFoundException} when there is no such session or feedback.
   */
  async remove(sessionId: string, subject: FeedbackSubject): Promise<void> {
    await this.sessions.change(requireSessionId(sessionId), { feedbacks: 1 }, (session) => {
      const { feedbacks = [] } = session;
      const left = feedbacks.filter((feedback) => !isAbout(feedback, subject));
      if (left.length === feedbacks.length) {
        throw new NotFoundException('Feedback not found: this author gave none for this message');
      }
      return {
        result: undefined,
        update: {
          $set: {
            feedbacks: left,
            feedback_count: left.length,
            feedback_bytes: left.reduce((sum, feedback) => sum + jsonBytes(feedback), 0),
          },
        },
      };
    });
  }

  /**
   * The latest feedbacks, newest first.
   *
   * @param rating Only feedbacks with this rating. Default: all.
   */
  async list(sessionId: string, limit: number, rating?: Rating): Promise<FeedbackPage> {
    const all = await this.#all(sessionId);
    const asked = rating === undefined ? all : all.filter((each) => each.rating === rating);
    return {
      session_id: sessionId,
      total_feedbacks: asked.length,
      feedbacks: shownFeedbacks(asked, limit),
    };
  }

  async stats(sessionId: string): Promise<FeedbackStats> {
    return feedbackStats(sessionId, await this.#all(sessionId));
  }

  async #all(sessionId: string): Promise<readonly Feedback[]> {
    const { feedbacks = [] } = await this.sessions.get(requireSessionId(sessionId), {
      feedbacks: 1,
    });
    return feedbacks;
  }
}

/** The newest stored feedbacks, newest first, in their original form. */
export function shownFeedbacks(feedbacks: readonly Feedback[], limit: number): Feedback[] {
  return feedbacks
    .slice(-limit)
    .toReversed()
    .map((feedback) => fromStoredKeys(feedback) as Feedback);
}

/** The projection of the session, with feedbacks only if one may be replaced. */
function fieldsFor(subject: FeedbackSubject | undefined): Projection {
  if (subject === undefined) return COUNTERS;
  const agent = agentFields(agentKey(subject.agent_id), ['message_count']);
  return { ...COUNTERS, feedbacks: 1, ...agent };
}

const COUNTERS = { feedback_count: 1, feedback_bytes: 1 } as const;

/** Adds a feedback, or replaces the subject's earlier one. */
function added(
  session: SessionPart,
  feedback: Feedback,
  subject: FeedbackSubject | undefined,
): Update<SessionDocument> {
  const { feedbacks = [], feedback_count = 0, feedback_bytes = 0 } = session;
  const at = subject === undefined ? -1 : indexOf(session, subject);
  const earlier = feedbacks[at];
  const grows = jsonBytes(feedback) - (earlier === undefined ? 0 : jsonBytes(earlier));
  if (earlier === undefined && feedback_count >= MAX_FEEDBACKS) {
    throw new ConflictException(`The session has ${MAX_FEEDBACKS} feedbacks already, the maximum`);
  }
  if (feedback_bytes + grows > MAX_FEEDBACKS_BYTES) {
    throw new ConflictException(
      `The session's feedbacks would be over ${MAX_FEEDBACKS_BYTES} bytes of JSON`,
    );
  }
  return earlier === undefined
    ? { $push: { feedbacks: feedback }, $inc: { feedback_count: 1, feedback_bytes: grows } }
    : { $set: { [`feedbacks.${at}`]: feedback }, $inc: { feedback_bytes: grows } };
}

/** Index of the subject's earlier feedback; −1 if there is none. */
function indexOf({ agents, feedbacks = [] }: SessionPart, subject: FeedbackSubject): number {
  const agent = agentIn(agents, subject.agent_id) ?? agentNotFound(subject.agent_id);
  if (subject.message_id >= agent.message_count) {
    throw new NotFoundException(`Message not found: ${subject.message_id}`);
  }
  return feedbacks.findIndex((feedback) => isAbout(feedback, subject));
}
