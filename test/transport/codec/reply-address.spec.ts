import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  formatReplyAddress,
  parseReplyAddress,
} from '../../../src/transport/codec/reply-address.js';

const FOLDER = 'https://sqs.eu-west-1.amazonaws.com/123456789012/';
const OURS = `${FOLDER}billing`;
const QUERY = '?request=r-1&expires=1700000000000';
const parse = (text: string) => parseReplyAddress(text, OURS, 'weft-replies-');

describe('a reply address', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\w-]{1,40}$/),
        fc.uuid(),
        fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        (name, requestId, expiresAtMs) => {
          const address = { queueUrl: `${FOLDER}weft-replies-${name}`, requestId, expiresAtMs };
          expect(parse(formatReplyAddress(address))).toEqual(address);
        },
      ),
    );
  });

  it('is accepted beside a queue on the default port of its scheme', () => {
    const near = 'http://localhost:80/000000000000/';
    expect(
      parseReplyAddress(`${near}weft-replies-x${QUERY}`, `${near}billing`, 'weft-replies-'),
    ).toMatchObject({ requestId: 'r-1' });
  });

  it.each([
    ['another host', `https://evil.example/123456789012/weft-replies-x${QUERY}`],
    ['another region', `https://sqs.us-east-1.amazonaws.com/123456789012/weft-replies-x${QUERY}`],
    ['another account', `https://sqs.eu-west-1.amazonaws.com/999999999999/weft-replies-x${QUERY}`],
    ['another scheme', `http://sqs.eu-west-1.amazonaws.com/123456789012/weft-replies-x${QUERY}`],
    [
      'another port',
      `https://sqs.eu-west-1.amazonaws.com:8443/123456789012/weft-replies-x${QUERY}`,
    ],
    [
      'a user in the URL',
      `https://sqs.eu-west-1.amazonaws.com@evil.example/1/weft-replies-x${QUERY}`,
    ],
    ['credentials', `https://u:p@sqs.eu-west-1.amazonaws.com/123456789012/weft-replies-x${QUERY}`],
    ['a queue that is no reply queue', `${FOLDER}billing${QUERY}`],
    ['a folder below', `${FOLDER}weft-replies-x/billing${QUERY}`],
    ['a way up', `${FOLDER}weft-replies-x/../billing${QUERY}`],
    ['an encoded way up', `${FOLDER}weft-replies-x%2F..%2Fbilling${QUERY}`],
    ['a fragment', `${FOLDER}weft-replies-x${QUERY}#x`],
    ['a fragment that hides the query', `${FOLDER}weft-replies-x#${QUERY}`],
    ['a name too long for a queue', `${FOLDER}weft-replies-${'x'.repeat(80)}${QUERY}`],
    ['no request', `${FOLDER}weft-replies-x?expires=1700000000000`],
    ['an odd request', `${FOLDER}weft-replies-x?request=a%20b&expires=1700000000000`],
    ['a long request', `${FOLDER}weft-replies-x?request=${'r'.repeat(65)}&expires=1`],
    ['no expiry', `${FOLDER}weft-replies-x?request=r-1`],
    ['an empty expiry', `${FOLDER}weft-replies-x?request=r-1&expires=`],
    ['an expiry that is no number', `${FOLDER}weft-replies-x?request=r-1&expires=soon`],
    ['an expiry in another notation', `${FOLDER}weft-replies-x?request=r-1&expires=1e12`],
    ['an expiry out of range', `${FOLDER}weft-replies-x?request=r-1&expires=99999999999999999`],
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
