import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { jsonBytes } from '../../../../src/features/sessions/free-form.js';
import {
  requireMetadata,
  requireMetadataKeys,
} from '../../../../src/features/sessions/metadata/session-metadata.js';
import { ValidationFailedError } from '../../../../src/transport/errors/index.js';

const nested = (levels: number): unknown =>
  JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;

const outcome = (run: () => number): number | string => {
  try {
    return run();
  } catch (error) {
    return error instanceof ValidationFailedError ? 'refused' : String(error);
  }
};

describe('requireMetadata', () => {
  it('returns safe metadata unchanged, keys with dots included', () => {
    const metadata = {
      status: 'processing',
      n: 1.5,
      deep: { list: [{ a: null }] },
      'mit Ümlaut': 1,
      'a.b': { 'c.d': 1 },
    };
    expect(requireMetadata(metadata)).toBe(metadata);
  });

  it.each([
    ['{"__proto__": {"admin": true}}', '__proto__'],
    ['{"a": {"__proto__": 1}}', '__proto__'],
    ['{"$where": "1"}', '$where'],
    ['{"a": [{"$gt": ""}]}', '$gt'],
    ['{"constructor": 1}', 'constructor'],
    ['{"prototype": 1}', 'prototype'],
    ['{"a,b": 1}', 'a,b'],
    ['{"a\\nb": 1}', 'a\\nb'],
    ['{"a\\u0000b": 1}', 'a\\u0000b'],
  ])('refuses %s and names the key', (json, key) => {
    const refused = (): unknown => requireMetadata(JSON.parse(json));
    expect(refused).toThrow(ValidationFailedError);
    expect(refused).toThrow(`"${key}"`);
  });

  it.each([
    ['a list', []],
    ['null', null],
    ['a text', 'a'],
    ['nothing', undefined],
    ['an empty key', { '': 1 }],
    ['a key of 129 characters', { ['k'.repeat(129)]: 1 }],
    ['257 keys', Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`k${i}`, 1]))],
    ['a value of 64 KiB', { a: 'x'.repeat(64 * 1024) }],
    ['a value nested 17 deep', { a: nested(17) }],
    ['a value nested without end', { a: nested(400_000) }],
    ['a number beyond all', JSON.parse('{"a": 1e999}')],
  ])('refuses %s', (_, value) => {
    expect(() => requireMetadata(value)).toThrow(ValidationFailedError);
  });

  it('takes what stays within every limit', () => {
    expect(() => requireMetadata({ ['k'.repeat(128)]: nested(16) })).not.toThrow();
    const many = Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`k${i}`, 1]));
    expect(() => requireMetadata(many)).not.toThrow();
  });

  it('lets through only objects that can be measured', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const size = outcome(() => jsonBytes(requireMetadata(value)));
        expect([Buffer.byteLength(JSON.stringify(value)), 'refused']).toContain(size);
      }),
    );
  });
});

describe('requireMetadataKeys', () => {
  it('takes each key once', () => {
    expect(requireMetadataKeys(['a', 'b', 'a'])).toEqual(['a', 'b']);
  });

  it.each([[[]], [['']], [['a', '']], [['$x']], [['__proto__']], [['a\nb']]])(
    'refuses %j',
    (keys) => {
      expect(() => requireMetadataKeys(keys)).toThrow(ValidationFailedError);
    },
  );
});
