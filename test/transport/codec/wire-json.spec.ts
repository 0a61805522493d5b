import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { wireJson } from '../../../src/transport/codec/wire-json.js';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, less what lies above U+FFFF.
const TAKEN_BY_SQS = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}]*$/u;

const anyText = fc.string({ unit: 'binary', maxLength: 30 });
const anyJson = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });

describe('wireJson', () => {
  it('reads back as the same value, whatever the value', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(JSON.parse(wireJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('holds only characters that SQS takes', () => {
    fc.assert(
      fc.property(fc.oneof(anyJson, anyText), (value) => {
        expect(wireJson(value)).toMatch(TAKEN_BY_SQS);
      }),
    );
  });

  it.each(['\u0000', '\ud83d', '\ude00\ud83d', '😀', '\ufffe', '\uffff', '\u{10ffff}', '\u2028'])(
    'escapes %j where it must',
    (text) => {
      const json = wireJson({ [text]: text });
      expect(json).toMatch(TAKEN_BY_SQS);
      expect(JSON.parse(json)).toEqual({ [text]: text });
    },
  );

  it('leaves ordinary text as it is', () => {
    expect(wireJson({ text: 'ñ 漢字' })).toBe('{"text":"ñ 漢字"}');
  });

  it('writes null for what JSON cannot say', () => {
    expect(wireJson(undefined)).toBe('null');
  });
});
