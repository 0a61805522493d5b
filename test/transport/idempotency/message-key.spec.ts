import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { StoredAnswer, parseAnswer } from '../../../src/transport/idempotency/stored-answer.js';
import { digest, messageKey } from '../../../src/transport/idempotency/message-key.js';

const work = { queue: 'jobs', handler: 'Worker.run' };

describe('the key of work on a message', () => {
  it('can be read', () => {
    const id = '6fd2a1b0-8b1f-4e0c-9b54-2f6d5a0c1c11';
    expect(messageKey({ ...work, id })).toBe(`jobs/Worker.run#${id}`);
  });

  it('has a bounded length and no characters of the sender, whatever the id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (id) => {
        const [, last = ''] = messageKey({ ...work, id }).split(/#(.*)/s);
        expect(last).toMatch(/^[\w.:-]{1,128}$/);
      }),
    );
  });

  it('differs where ids differ', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        fc.pre(a !== b);
        expect(messageKey({ ...work, id: a })).not.toBe(messageKey({ ...work, id: b }));
      }),
    );
  });

  it('has the SHA-256 of a body', () => {
    expect(digest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('a kept answer', () => {
  it('gives back any values of JSON, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        const answer = new StoredAnswer(Infinity);
        values.forEach((value) => answer.add(value));
        expect(JSON.stringify(parseAnswer(answer.text))).toBe(JSON.stringify(values));
      }),
    );
  });

  it('is never larger than it may be, and is kept whole or not at all', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.nat(200), (values, maxBytes) => {
        const answer = new StoredAnswer(maxBytes);
        values.forEach((value) => answer.add(value));
        if (answer.text === undefined) return;
        expect(Buffer.byteLength(answer.text)).toBeLessThanOrEqual(maxBytes);
        expect(parseAnswer(answer.text)).toEqual(values);
      }),
    );
  });

  it('is the JSON of its one value, which is what other programs keep', () => {
    const values = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('weft:values'));
    fc.assert(
      fc.property(values, (value) => {
        const answer = new StoredAnswer(Infinity);
        answer.add(value);
        expect(answer.text).toBe(JSON.stringify(value));
      }),
    );
  });

  it.each([[[]], [[[1, 2]]], [[{ 'weft:values': [1, 2] }]], [['weft:values', 2]], [[null, null]]])(
    'gives %j back',
    (values) => {
      const answer = new StoredAnswer(Infinity);
      for (const value of values) answer.add(value);
      expect(parseAnswer(answer.text)).toEqual(values);
    },
  );

  it.each([undefined, 'nonsense'])('is none when a store holds %p', (text) => {
    expect(parseAnswer(text)).toBeUndefined();
  });
});
