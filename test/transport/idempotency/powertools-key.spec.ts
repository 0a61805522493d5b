import { describe, expect, it } from '@jest/globals';
import { powertoolsHash, powertoolsKey } from '../../../src/transport/idempotency/index.js';

// By Python: hashlib.md5(json.dumps(value, sort_keys=True).encode()).hexdigest()
const HASHES: readonly [unknown, string][] = [
  ['o-1', 'cbcbdb948de16bfe7e49a81f91500ab1'],
  ['ñ 😀\u2028\u007f', '8406b5e79c242deedc46e7f09c016e11'],
  [['a', 7], '27153ad6f28391e78266760d7fa0350b'],
  [{ b: [true, null], '\ue000': 1, '😀': 2, a: {} }, 'a464c85002a9296a9fd9b85f4223ff4f'],
];

describe('the key of Powertools for Python', () => {
  it.each(HASHES)('hashes %j as Python does', (value, hash) => {
    expect(powertoolsHash(value)).toBe(hash);
    expect(powertoolsKey('orders', value)).toBe(`orders#${hash}`);
  });

  it('hashes by SHA-256 where it is asked to', () => {
    expect(powertoolsKey('orders', 'o-1', 'sha256')).toMatch(/^orders#00d5c8b71f851bbe\w{48}$/);
  });

  it.each([1.5, 2 ** 53, Number.NaN, undefined, 1n])('refuses %p, which may differ', (value) => {
    expect(() => powertoolsHash(value)).toThrow(TypeError);
    expect(() => powertoolsHash([value])).toThrow(TypeError);
  });
});
