import { describe, expect, it } from '@jest/globals';
import { isJsonObject } from '../../../src/common/objects.js';
import { parseJson } from '../../../src/transport/codec/index.js';
import { celeryCodec } from '../../../src/transport/codec/celery.codec.js';
import { InvalidMessageError } from '../../../src/transport/errors/index.js';

const MARKS = 2_100_000;

const decode = (body: string) =>
  celeryCodec.decode({ messageId: 'm', body, attributes: new Map() });

describe('The JSON of a body', () => {
  it.each([
    ['objects', `[${Array(MARKS).fill('{}').join(',')}]`],
    ['lists', `[${Array(MARKS).fill('[]').join(',')}]`],
    ['lists within lists', '['.repeat(MARKS) + ']'.repeat(MARKS)],
  ])('is refused unread where it holds more than two million %s', (_what, body) => {
    expect(() => parseJson(body)).toThrow(InvalidMessageError);
    expect(() => parseJson(body)).toThrow('more than 2000000 objects and lists');
  });

  it('is refused by the codec of Celery as well, whose envelope may have been inflated', () => {
    const task = { task: 'bill', id: '1', many: 'MANY' };
    const envelope = { body: '[[], {}, {}]', headers: task, properties: {} };
    const kombu = { ...envelope, 'content-type': 'application/json', 'content-encoding': 'utf-8' };
    const text = JSON.stringify(kombu);
    expect(decode(text)).toMatchObject({ pattern: 'bill' });
    const hostile = text.replace('"MANY"', `[${Array(MARKS).fill('[]').join(',')}]`);
    expect(() => decode(hostile)).toThrow(InvalidMessageError);
  });

  it('may hold as many brackets in its texts as it likes', () => {
    const text = '{["\\'.repeat(MARKS);
    expect(parseJson(JSON.stringify({ text }))).toEqual({ text });
  });

  it('may hold as many other values as it has room for', () => {
    expect(parseJson(`[${Array(MARKS).fill('0').join(',')}]`)).toHaveLength(MARKS);
  });

  it('is no JSON where a text is not closed, however long it is', () => {
    expect(() => parseJson(`"${'['.repeat(MARKS)}`)).toThrow(InvalidMessageError);
    expect(() => parseJson(`["${'\\\\[{'.repeat(MARKS)}`)).toThrow(InvalidMessageError);
  });

  it('is no object where it is null or a list', () => {
    expect([null, [], {}].filter(isJsonObject)).toEqual([{}]);
  });
});
