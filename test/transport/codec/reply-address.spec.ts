import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  formatReplyAddress,
  readReplyAddress,
} from '../../../src/transport/codec/reply-address.js';

const FOLDER = 'https://sqs.eu-west-1.amazonaws.com/123456789012/';
const OURS = `${FOLDER}billing`;
const QUERY = '?request=r-1&timeout=30000';
const read = (text: string, ours = OURS) => readReplyAddress(text, ours, 'weft-replies-');
const parse = (text: string, ours = OURS) => {
  const found = read(text, ours);
  return 'address' in found ? found.address : undefined;
};

describe('a reply address', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\w-]{1,40}$/),
        fc.uuid(),
        fc.nat(),
        (name, requestId, timeoutMs) => {
          const address = { queueUrl: `${FOLDER}weft-replies-${name}`, requestId, timeoutMs };
          expect(parse(formatReplyAddress(address))).toEqual(address);
        },
      ),
    );
  });

  it.each([
    ['another host', `https://evil.example/123456789012/weft-replies-x${QUERY}`],
    [
      'another host of SQS',
      `https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com/123456789012/weft-replies-x${QUERY}`,
    ],
    ['another scheme', `http://sqs.eu-west-1.amazonaws.com/123456789012/weft-replies-x${QUERY}`],
    [
      'another port',
      `https://sqs.eu-west-1.amazonaws.com:8443/123456789012/weft-replies-x${QUERY}`,
    ],
    ['credentials', `https://u:p@sqs.eu-west-1.amazonaws.com/123456789012/weft-replies-x${QUERY}`],
  ])('with %s leads to the queue of that name at our own endpoint', (_what, text) => {
    expect(parse(text)?.queueUrl).toBe(`${FOLDER}weft-replies-x`);
  });

  it('says which account or prefix does not fit, without line breaks of its sender', () => {
    expect([
      read(`https://sqs.eu-west-1.amazonaws.com/999999999999/weft-replies-x${QUERY}`),
      read(`${FOLDER}answers-1${QUERY}`),
      read('no\nURL'),
    ]).toEqual([
      { refused: expect.stringContaining('is of another account than /123456789012/billing') },
      { refused: expect.stringContaining('answers-1 does not begin with "weft-replies-"') },
      { refused: 'no\\nURL is not a URL' },
    ]);
  });

  it.each([
    ['another account', `https://sqs.eu-west-1.amazonaws.com/999999999999/weft-replies-x${QUERY}`],
    [
      'a user in the URL',
      `https://sqs.eu-west-1.amazonaws.com@evil.example/1/weft-replies-x${QUERY}`,
    ],
    ['a queue that is no reply queue', `${FOLDER}billing${QUERY}`],
    ['a folder below', `${FOLDER}weft-replies-x/billing${QUERY}`],
    ['a way up', `${FOLDER}weft-replies-x/../billing${QUERY}`],
    ['an encoded way up', `${FOLDER}weft-replies-x%2F..%2Fbilling${QUERY}`],
    ['a fragment', `${FOLDER}weft-replies-x${QUERY}#x`],
    ['a fragment that hides the query', `${FOLDER}weft-replies-x#${QUERY}`],
    ['a name too long for a queue', `${FOLDER}weft-replies-${'x'.repeat(80)}${QUERY}`],
    ['no request', `${FOLDER}weft-replies-x?timeout=30000`],
    ['an odd request', `${FOLDER}weft-replies-x?request=a%20b&timeout=30000`],
    ['a long request', `${FOLDER}weft-replies-x?request=${'r'.repeat(65)}&timeout=1`],
    ['no timeout', `${FOLDER}weft-replies-x?request=r-1`],
    ['an empty timeout', `${FOLDER}weft-replies-x?request=r-1&timeout=`],
    ['a timeout that is no number', `${FOLDER}weft-replies-x?request=r-1&timeout=soon`],
    ['a timeout in another notation', `${FOLDER}weft-replies-x?request=r-1&timeout=1e12`],
    ['a timeout out of range', `${FOLDER}weft-replies-x?request=r-1&timeout=99999999999999999`],
    ['no URL', 'weft-replies-x'],
    ['nothing', ''],
  ])('is not accepted with %s', (_what, text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('never leads anywhere but to a reply queue of our own host and account', () => {
    const hostile = fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.tuple(fc.constant(FOLDER), fc.string({ unit: 'binary' })).map((parts) => parts.join('')),
      fc
        .tuple(fc.string(), fc.constantFrom('@', '\\', '/', '.', ':', '#', '%00'), fc.string())
        .map(([a, sign, b]) => `https://${a}${sign}sqs.eu-west-1.amazonaws.com${b}weft-replies-x`),
    );
    fc.assert(
      fc.property(hostile, fc.boolean(), (text, query) => {
        const address = parse(query ? `${text}${QUERY}` : text);
        expect(address?.queueUrl ?? `${FOLDER}weft-replies-`).toMatch(
          /^https:\/\/sqs\.eu-west-1\.amazonaws\.com\/123456789012\/weft-replies-[\w-]*$/,
        );
      }),
    );
  });
});
