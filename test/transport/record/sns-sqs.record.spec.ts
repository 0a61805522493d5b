import { describe, expect, it } from '@jest/globals';
import { InvalidRecordError, record } from '../../../src/transport/index.js';

describe('a record', () => {
  it.each([
    ['a group of 128 characters', () => record(1).withGroup('g'.repeat(128))],
    ['an id of 128 characters', () => record(1).withId('i'.repeat(128))],
    ['a delay of 900 s', () => record(1).withDelay(900)],
    ['a delay of a year, which a store may keep', () => record(1).withDelay(31_557_600)],
    ['a delay until a time', () => record(1).withDelay(new Date())],
  ])('takes %s', (_what, build) => {
    expect(build).not.toThrow();
  });

  it.each([
    ['an empty group', () => record(1).withGroup('')],
    ['a group with a space', () => record(1).withGroup('customer 42')],
    ['a group with an accent', () => record(1).withGroup('Zoë')],
    ['a group with a line break', () => record(1).withGroup('a\nb')],
    ['a group with a NUL', () => record(1).withGroup('x\u0000')],
    ['a group of 129 characters', () => record(1).withGroup('g'.repeat(129))],
    ['an id of 129 characters', () => record(1).withId('i'.repeat(129))],
    ['an id with a space', () => record(1).withId('a b')],
    ['a delay until no time', () => record(1).withDelay(new Date(Number.NaN))],
    ['a delay of more than a century', () => record(1).withDelay(4_000_000_000)],
    ['a delay of half a second', () => record(1).withDelay(0.5)],
    ['a delay into the past', () => record(1).withDelay(-1)],
  ])('refuses %s, which SQS does not take', (_what, build) => {
    expect(build).toThrow(InvalidRecordError);
  });
});
