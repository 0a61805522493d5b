import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { PayloadStore } from '../../../src/transport/codec/payload-store.js';
import { InvalidMessageError } from '../../../src/transport/errors/index.js';

/** A client whose every answer is this one. */
function s3(statusCode: number, body: Readable, headers: Record<string, string> = {}) {
  const asked: string[] = [];
  const client = new S3Client({
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: {
      handle: (request: { path: string }) => {
        asked.push(request.path);
        return Promise.resolve({ response: { statusCode, headers, body } });
      },
    },
  });
  return { store: new PayloadStore(() => client, 'payloads'), asked };
}

const failure = (code: string): Readable =>
  Readable.from([`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`]);

describe('the payload store', () => {
  it('gives a body back', async () => {
    const { store } = s3(200, Readable.from(['{"a"', ':1}']), { 'content-length': '7' });
    expect(await store.get({ bucket: 'payloads', key: 'k' })).toBe('{"a":1}');
  });

  it('asks no other bucket, whatever the message says', async () => {
    const { store, asked } = s3(200, Readable.from(['x']));
    await expect(store.get({ bucket: 'salaries', key: 'k' })).rejects.toThrow(InvalidMessageError);
    expect(asked).toEqual([]);
  });

  it('a body that is gone can never be read', async () => {
    const { store } = s3(404, failure('NoSuchKey'));
    await expect(store.get({ bucket: 'payloads', key: 'k' })).rejects.toThrow(InvalidMessageError);
  });

  it('any other fault of S3 stays what it is, so that the message is retried', async () => {
    const { store } = s3(503, failure('SlowDown'));
    await expect(store.get({ bucket: 'payloads', key: 'k' })).rejects.toMatchObject({
      name: 'SlowDown',
    });
  });

  it('a body that is too large is refused, and its connection is let go', async () => {
    const body = new Readable({ read: () => undefined });
    const { store } = s3(200, body, { 'content-length': String(65 * 1024 * 1024) });
    await expect(store.get({ bucket: 'payloads', key: 'k' })).rejects.toThrow(InvalidMessageError);
    expect(body.destroyed).toBe(true);
  });
});
