import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  feedbackCodec,
  feedbackSubject,
} from '../../../../src/features/sessions/codec/feedback.codec.js';
import type { RatingName } from '../../../../src/features/sessions/feedback/feedback.js';
import { createFeedbackSnsHook } from '../../../../src/features/sessions/index.js';
import { InvalidMessageError, InvalidRecordError } from '../../../../src/transport/errors/index.js';

const RATINGS = { positive: 'up', negative: 'down', neutral: null } as const;
const hook = createFeedbackSnsHook({ good: 'a', bad: 'b', neutral: 'c' });

/** The message of a feedback, by the hook that makes its notification. */
const encode = (session_id: string, rating: RatingName, comment: string | null) => {
  const feedback = { rating: RATINGS[rating], comment, created_at: 'now' };
  const [notification] = hook.feedbackNotifications?.({ session_id, feedback }) ?? [];
  const { pattern = '', data } = notification ?? {};
  return feedbackCodec.encode({ id: '1', pattern, data, correlationId: '2' });
};

const received = (body: string, attributes: Record<string, string>) => ({
  messageId: '1',
  body,
  attributes: new Map(Object.entries(attributes)),
});

describe('feedbackCodec', () => {
  it('writes subject, body and attributes as the seed words them, and nothing else', () => {
    expect(
      encode('user-session-123', 'negative', 'The response was incomplete and unclear'),
    ).toEqual({
      subject: 'Virtual Agents Feedback negative on session user-session-123',
      body: 'Session: user-session-123\n\nThe response was incomplete and unclear',
      attributes: {
        session_id: { type: 'String', value: 'user-session-123' },
        rating: { type: 'String', value: 'negative' },
      },
    });
  });

  it('writes a missing comment as empty text', () => {
    const { body } = encode('s', 'neutral', null);
    expect(body).toBe('Session: s\n\n');
  });

  it('leaves out of the body what no SNS message can hold, and keeps line breaks', () => {
    const comment = 'a\u0000b\tc\r\nd\u001b[0m\uffff\ud800!😀';
    const { body } = encode('s', 'positive', comment);
    expect(body).toBe('Session: s\n\nab\tc\r\nd[0m!😀');
  });

  it.each([
    [undefined],
    [{ session_id: 's', rating: 'positive', body: '' }],
    [{ session_id: 's', rating: 'toString', subject: '', body: '' }],
  ])('refuses to write %j', (data) => {
    expect(() => feedbackCodec.encode({ id: '1', pattern: 'p', data, correlationId: '2' })).toThrow(
      InvalidRecordError,
    );
  });

  it('cleans the subject and the body of a template', () => {
    const data = {
      session_id: 's',
      rating: 'positive',
      subject: 'a\nb'.padEnd(200, 'x'),
      body: 'c\u0000d',
    };
    const { subject, body } = feedbackCodec.encode({
      id: '1',
      pattern: 'p',
      data,
      correlationId: '2',
    });
    expect(subject).toBe('ab'.padEnd(99, 'x'));
    expect(body).toBe('cd');
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('positive' as const, 'negative' as const, 'neutral' as const),
        fc.string({ maxLength: 200 }).map((text) => text.replaceAll(/[^ -~\n]/g, '')),
        (rating, comment) => {
          const { body } = encode('user-1', rating, comment);
          const decoded = feedbackCodec.decode(received(body, { rating, session_id: 'user-1' }));
          expect(decoded).toEqual({
            pattern: `session.feedback.${rating}`,
            data: { session_id: 'user-1', rating, body },
          });
        },
      ),
    );
  });

  it.each([
    ['Session: s\n\n', { rating: 'positive' }],
    ['Session: s\n\n', {}],
    ['Session: s\n\n', { session_id: 's', rating: 'constructor' }],
  ])('refuses to read %j with attributes %j', (body, attributes) => {
    expect(() =>
      feedbackCodec.decode(received(body, attributes as Record<string, string>)),
    ).toThrow(InvalidMessageError);
  });
});

describe('feedbackSubject', () => {
  it('stays below 100 characters and keeps the start', () => {
    const subject = feedbackSubject('positive', 'x'.repeat(128));
    expect(subject).toHaveLength(99);
    expect(subject).toMatch(/^Virtual Agents Feedback positive on session x+$/);
  });

  it('holds no control characters, line breaks or half characters whatever the session id is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.constantFrom('positive' as const, 'negative' as const, 'neutral' as const),
        (sessionId, rating) => {
          const subject = feedbackSubject(rating, sessionId);
          expect(subject.length).toBeLessThan(100);
          expect(subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
          const start = `Virtual Agents Feedback ${rating} on session`;
          expect(subject.slice(0, start.length)).toBe(start);
        },
      ),
    );
  });

  it('takes the line break out of an id rather than what follows it', () => {
    expect(feedbackSubject('neutral', 'a\r\nBcc: b')).toBe(
      'Virtual Agents Feedback neutral on session aBcc: b',
    );
  });
});
