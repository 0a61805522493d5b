import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { bounded, oneLine, quoted } from '../../../src/transport/observing/log-text.js';

const PRINTED = /^[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u;

describe('a text of a sender in the log', () => {
  it('is one line of JSON, cut, that reads back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const shown = quoted(text);
        expect(shown).toMatch(PRINTED);
        const json = shown.replace(/…$/, '');
        expect(shown).toBe(text.length > 128 ? `${json}…` : json);
        expect(JSON.parse(json)).toBe(text.slice(0, 128));
      }),
    );
  });

  it('steers no terminal and begins no line of its own', () => {
    expect(quoted('x\n[Nest] LOG admin logged in\u009b31m')).toBe(
      String.raw`"x\n[Nest] LOG admin logged in\u009b31m"`,
    );
    expect(quoted('y'.repeat(900_000))).toHaveLength(131);
  });

  it('has no quotation marks as the value of a field, and is cut there as well', () => {
    expect(bounded('order.\nplaced')).toBe(String.raw`order.\nplaced`);
    expect(bounded('y'.repeat(900_000))).toBe(`${'y'.repeat(128)}…`);
  });

  it('an error stays readable on its one line', () => {
    expect(oneLine('No "order"\nfound\u001b[2J in C:\\x')).toBe(
      String.raw`No "order"\nfound\u001b[2J in C:\\x`,
    );
  });
});
