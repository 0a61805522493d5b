import { describe, expect, it } from '@jest/globals';
import {
  assertSafeKey,
  assertSafeKeys,
  UnsafeKeyError,
} from '../../../src/platform/persistence/index.js';

describe('keys of documents', () => {
  it.each([
    ['a.b', 'must not contain a dot'],
    ['$where', 'must not start with $'],
    ['__proto__', 'is reserved'],
    ['constructor', 'is reserved'],
    ['prototype', 'is reserved'],
    ['', 'must not be empty'],
    ['x'.repeat(1025), 'must be at most 1024 characters long'],
  ])('%j is refused at any depth', (key, problem) => {
    const value = JSON.parse(`{"list":[{"deep":{${JSON.stringify(key)}:1}}]}`);
    expect(() => assertSafeKeys(value, 'metadata')).toThrow(UnsafeKeyError);
    expect(() => assertSafeKeys(value, 'metadata')).toThrow(`in metadata ${problem}`);
  });

  it('are named by the error, which is permanent and has a violation', () => {
    expect(() => assertSafeKey('a.b', 'agent_id')).toThrow(
      'Key "a.b" in agent_id must not contain a dot',
    );
    expect(() => assertSafeKey('a.b')).toThrow(
      expect.objectContaining({ retryable: false, code: 'WEFT_UNSAFE_KEY' }),
    );
  });

  it.each([[{ a$: 1, 'ü ñ': [{ toString: 1, length: 2 }] }], [null], ['a.b'], [5], [undefined]])(
    'of %j are safe',
    (value) => {
      expect(() => assertSafeKeys(value)).not.toThrow();
    },
  );

  it('are checked in nesting without end, and in circles', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => assertSafeKeys([deep, circle])).not.toThrow();
  });
});
