import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  feedbackStats,
  ratingName,
  satisfactionScore,
} from '../../../../src/features/sessions/feedback/feedback.js';

describe('feedbackStats', () => {
  it('counts each rating and scores those that were rated', () => {
    const ratings = ['up', 'up', 'down', null] as const;
    expect(
      feedbackStats(
        's',
        ratings.map((rating) => ({ rating })),
      ),
    ).toEqual({
      session_id: 's',
      total_feedbacks: 4,
      positive: 2,
      negative: 1,
      neutral: 1,
      satisfaction_score: 66.7,
    });
  });

  it('scores 0 when nothing was rated', () => {
    expect(feedbackStats('s', [{ rating: null }]).satisfaction_score).toBe(0);
    expect(feedbackStats('s', []).total_feedbacks).toBe(0);
  });
});

describe('satisfactionScore', () => {
  // Each as Python's round(100 * p / (p + n), 1) gives it.
  it.each([
    [1, 0, 100],
    [0, 3, 0],
    [1, 2, 33.3],
    [1, 15, 6.2],
    [3, 13, 18.8],
    [5, 11, 31.2],
    [7, 9, 43.8],
    [1, 1999, 0.1],
    [999, 1, 99.9],
  ])('of %i up and %i down is %f', (positive, negative, score) => {
    expect(satisfactionScore(positive, negative)).toBe(score);
  });

  it('is never further than half a tenth from the true share, and has one decimal', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (positive, negative) => {
        fc.pre(positive + negative > 0);
        const score = satisfactionScore(positive, negative);
        expect(Math.abs(score - (100 * positive) / (positive + negative))).toBeLessThan(0.0500001);
        expect(Number(score.toFixed(1))).toBe(score);
      }),
    );
  });
});

describe('ratingName', () => {
  it('names each rating as the SNS messages do', () => {
    expect([ratingName('up'), ratingName('down'), ratingName(null)]).toEqual([
      'positive',
      'negative',
      'neutral',
    ]);
  });
});
