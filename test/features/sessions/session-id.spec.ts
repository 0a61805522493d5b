import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { newSessionId, requireSessionId } from '../../../src/features/sessions/session-id.js';
import { ValidationFailedError } from '../../../src/transport/errors/index.js';

describe('a session id', () => {
  it.each([
    'user-session-123',
    'customer-support-001',
    'a',
    'u:1@example.org',
    'x'.repeat(255),
    'a b',
    'sesión',
    'a/b',
    '../x',
    '__proto__',
    '$where',
    '...',
  ])('may be %j', (id) => {
    expect(requireSessionId(id)).toBe(id);
  });

  it('is a UUID when we make it', () => {
    const id = newSessionId();
    expect(requireSessionId(id)).toBe(id);
  });

  it.each([
    '',
    'a\nb',
    'a\r\nX-Evil: 1',
    'a\u0000',
    'a\u0085b',
    'a\ud800',
    '\uffff',
    '.',
    '..',
    'x'.repeat(256),
    null,
    undefined,
    7,
    { $ne: '' },
    ['a'],
  ])('may not be %j', (id) => {
    expect(() => requireSessionId(id)).toThrow(ValidationFailedError);
  });

  it('is refused without being repeated in the error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => requireSessionId(`${text}\n`)).toThrow(
          /^session_id must be 1 to 255 characters/,
        );
      }),
    );
  });
});
