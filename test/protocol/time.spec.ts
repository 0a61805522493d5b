import { describe, expect, it } from '@jest/globals';
import { isTime, normalizeTime, utcNow } from '../../src/protocol/index.js';

describe('a time', () => {
  it.each([
    ['2026-01-26T10:30:45.123456+00:00', '2026-01-26T10:30:45.123456+00:00'],
    ['2026-01-26T10:30:45Z', '2026-01-26T10:30:45.000000+00:00'],
    ['2026-01-26T10:30Z', '2026-01-26T10:30:00.000000+00:00'],
    ['2026-01-26T10:30:45.5+05:30', '2026-01-26T05:00:45.500000+00:00'],
    ['2026-01-26T23:30:45.123456789-0100', '2026-01-27T00:30:45.123456+00:00'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000+00:00'],
    ['0099-12-31T00:00:00Z', '0099-12-31T00:00:00.000000+00:00'],
  ])('%s is read as %s', (text, expected) => {
    expect(normalizeTime(text)).toBe(expected);
  });

  it.each([
    ['2026-01-26T10:30:45'],
    ['2026-01-26'],
    ['2026-02-30T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
    ['2026-01-01T24:00:00Z'],
    ['2026-01-01T00:60:00Z'],
    ['2026-01-01T00:00:00+24:00'],
    ['0001-01-01T00:00:00+10:00'],
    ['9999-12-31T23:59:59-10:00'],
    [' 2026-01-26T10:30:45Z'],
    [`2026-01-26T10:30:45.${'1'.repeat(60)}Z`],
    ['now'],
    [''],
  ])('%j is refused', (text) => {
    expect({ isTime: isTime(text) }).toEqual({ isTime: false });
  });

  it('made later in one process never sorts before one made earlier', () => {
    const times = Array.from({ length: 500 }, utcNow);
    expect(times.toSorted()).toEqual(times);
  });
});
