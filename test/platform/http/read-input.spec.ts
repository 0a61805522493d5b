import { describe, expect, it } from '@jest/globals';
import {
  readInput,
  readLimit,
  readText,
  readWholeNumber,
} from '../../../src/platform/http/index.js';
import { FeedbackDto } from '../../../src/features/sessions/feedback/feedback.dto.js';
import { CreateSessionDto } from '../../../src/features/sessions/sessions.dto.js';
import { ValidationFailedError } from '../../../src/transport/errors/index.js';

const violations = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    if (error instanceof ValidationFailedError) return error.violations;
  }
  return 'not refused';
};

describe('a feedback', () => {
  it.each([
    [{ rating: 'up' }],
    [{ rating: 'down', comment: 'why' }],
    [{ rating: null, comment: null }],
    [{}],
    [{ rating: 'up', comment: '😀'.repeat(1000) }],
    [{ rating: 'up', comment: '' }],
  ])('may be %j', (body) => {
    expect(readInput(FeedbackDto, body)).toMatchObject(body);
  });

  it.each([
    [{ rating: 'good' }, 'rating'],
    [{ rating: 'UP' }, 'rating'],
    [{ rating: 1 }, 'rating'],
    [{ rating: ['up'] }, 'rating'],
    [{ rating: 'down' }, 'comment'],
    [{ rating: 'down', comment: ' \n ' }, 'comment'],
    [{ rating: 'down', comment: null }, 'comment'],
    [{ rating: 'up', comment: 'x'.repeat(1001) }, 'comment'],
    [{ rating: 'up', comment: 7 }, 'comment'],
    [{ rating: 'up', comment: { $ne: '' } }, 'comment'],
  ])('may not be %j', (body, field) => {
    expect(violations(() => readInput(FeedbackDto, body))).toMatchObject([{ field }]);
  });
});

describe('a request for a session', () => {
  it('keeps the known fields and drops the others', () => {
    const body: unknown = JSON.parse(
      '{"session_id": "s", "sequence": 9, "__proto__": {"application_name": "x"}}',
    );
    const input = readInput(CreateSessionDto, body);
    expect(JSON.stringify(input)).toBe('{"session_id":"s"}');
  });

  it.each([
    [{ session_id: 'a\nb' }, 'session_id'],
    [{ session_id: 7 }, 'session_id'],
    [{ session_id: '' }, 'session_id'],
    [{ application_name: 'x'.repeat(201) }, 'application_name'],
    [{ application_name: 'a\u0000' }, 'application_name'],
    [{ session_type: {} }, 'session_type'],
    [{ metadata: [] }, 'metadata'],
    [{ metadata: 'text' }, 'metadata'],
  ])('may not be %j', (body, field) => {
    expect(violations(() => readInput(CreateSessionDto, body))).toMatchObject([{ field }]);
  });

  it.each([[[]], ['text'], [null], [7]])('may not be %j', (body) => {
    expect(violations(() => readInput(CreateSessionDto, body))).toMatchObject([{ field: 'body' }]);
  });
});

describe('a query string', () => {
  it('gives a limit within the page, or the default', () => {
    const page = { max: 100, default: 20 };
    expect(readLimit({}, page)).toBe(20);
    expect(readLimit({ limit: '1' }, page)).toBe(1);
    expect(readLimit({ limit: '100' }, page)).toBe(100);
  });

  it.each(['0', '101', '-1', '1.5', '1e1', 'x', '0x10', ' 5', ['1', '2'], { a: '1' }])(
    'may not ask for the limit %j',
    (limit) => {
      const faults = violations(() => readLimit({ limit }, { max: 100, default: 20 }));
      expect(faults).toMatchObject([{ field: 'limit' }]);
    },
  );

  it('has a number that is sent empty refused, or taken as missing where a list has a default', () => {
    expect(readWholeNumber({}, 'wait', 1, 30)).toBeUndefined();
    expect(readWholeNumber({ wait: '30' }, 'wait', 1, 30)).toBe(30);
    expect(violations(() => readWholeNumber({ wait: '' }, 'wait', 1, 30))).toEqual([
      { field: 'wait', message: 'must be an integer from 1 to 30' },
    ]);
    expect(readLimit({ limit: '' }, { max: 100, default: 20 })).toBe(20);
  });

  it('gives a text of bounded length, and one only', () => {
    expect(readText({ a: 'b' }, 'a', 1)).toBe('b');
    expect(readText({ a: '' }, 'a', 1)).toBeUndefined();
    for (const a of ['bb', ['b'], { $ne: '' }]) {
      expect(violations(() => readText({ a }, 'a', 1))).toMatchObject([{ field: 'a' }]);
    }
  });
});
