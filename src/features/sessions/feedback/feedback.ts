import type { JsonObject } from '../../../protocol/index.js';

/** A user's rating of an answer; `null` is neutral. */
export type Rating = 'up' | 'down' | null;

/** The rating's name in SNS messages. */
export type RatingName = 'positive' | 'negative' | 'neutral';

/** One feedback as stored and answered; further fields are unchanged. */
export interface Feedback extends JsonObject {
  readonly rating: Rating;
  readonly comment: string | null;
  readonly created_at: string;
}

/** Author and message of a feedback; there is at most one for each. */
export interface FeedbackSubject {
  readonly author: string;
  readonly agent_id: string;
  readonly message_id: number;
}

/** `GET …/feedback/stats`. */
export interface FeedbackStats {
  readonly session_id: string;
  readonly total_feedbacks: number;
  readonly positive: number;
  readonly negative: number;
  readonly neutral: number;
  /** Percentage of `positive` among up and down, with one decimal; 0 if there is none. */
  readonly satisfaction_score: number;
}

export function ratingName(rating: Rating): RatingName {
  if (rating === null) return 'neutral';
  return rating === 'up' ? 'positive' : 'negative';
}

/** Whether the feedback is by that author about that message. */
export function isAbout(feedback: Feedback, subject: FeedbackSubject): boolean {
  return (
    feedback['author'] === subject.author &&
    feedback['agent_id'] === subject.agent_id &&
    feedback['message_id'] === subject.message_id
  );
}

export function feedbackStats(
  sessionId: string,
  feedbacks: readonly Pick<Feedback, 'rating'>[],
): FeedbackStats {
  const count = (rating: 'up' | 'down'): number =>
    feedbacks.filter((feedback) => feedback.rating === rating).length;
  const positive = count('up');
  const negative = count('down');
  return {
    session_id: sessionId,
    total_feedbacks: feedbacks.length,
    positive,
    negative,
    neutral: feedbacks.length - positive - negative,
    satisfaction_score: satisfactionScore(positive, negative),
  };
}

/**
 * `round(100·positive/(positive+negative), 1)` as Python, the original's language, rounds: a tie
 * goes to the even digit (6.25 → 6.2), where `toFixed` goes up.
 */
export function satisfactionScore(positive: number, negative: number): number {
  const rated = positive + negative;
  if (rated === 0) return 0;
  const percent = (100 * positive) / rated;
  // Of all ties, a double can only represent x.25 and x.75 exactly, and toFixed is wrong only for x.25.
  return percent % 1 === 0.25 ? Math.floor(percent) + 0.2 : Number(percent.toFixed(1));
}
