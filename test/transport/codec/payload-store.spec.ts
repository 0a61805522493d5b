import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PayloadStore, type FetchedPayload } from '../../../src/transport/codec/payload-store.js';
import { InvalidMessageError } from '../../../src/transport/errors/index.js';
import { waitFor } from '../../support/wait.js';

/** A client whose every answer is this one. */
const POINTER = { bucket: 'payloads', key: 'k' };

function s3(
  statusCode: number,
  body: Readable | (() => Readable),
  headers: Record<string, string> = {},
) {
  const asked: string[] = [];
  const client = new S3Client({
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: {
      handle: (request: { path: string }) => {
        asked.push(request.path);
        return Promise.resolve({
          response: { statusCode, headers, body: typeof body === 'function' ? body() : body },
        });
      },
    },
  });
  return { store: new PayloadStore(() => client, 'payloads'), asked };
}

const failure = (code: string): Readable =>
  Readable.from([`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`]);

describe('the payload store', () => {
  it('returns a body as it was stored', async () => {
    const { store } = s3(200, Readable.from(['{"a"', ':1}']), { 'content-length': '7' });
    const { body, release } = await store.get(POINTER);
    release();
    expect(body).toBe('{"a":1}');
  });

  it('asks no other bucket, whatever the message says', async () => {
    const { store, asked } = s3(200, Readable.from(['x']));
    await expect(store.get({ bucket: 'salaries', key: 'k' })).rejects.toThrow(InvalidMessageError);
    expect(asked).toEqual([]);
  });

  it('a body that drips is read no further once its message is lost, and releases its capacity', async () => {
    for (let n = 0; n < 3; n++) {
      const lost = new AbortController();
      const body = new Readable({ read: () => undefined });
      body.push('x');
      const reading = s3(200, body).store.get(POINTER, { signal: lost.signal });
      await waitFor('the body to be read', () => body.listenerCount('readable') > 0);
      lost.abort(new Error('The lease was lost'));
      await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    }
    (await s3(200, Readable.from(['x'])).store.get(POINTER)).release();
  });

  it('a body that is being read is read to its end when the queue drains', async () => {
    const drained = new AbortController();
    const body = new Readable({ read: () => undefined });
    const reading = s3(200, body).store.get(POINTER, { waitSignal: drained.signal });
    await waitFor('the body to be read', () => body.listenerCount('readable') > 0);
    drained.abort(new Error('The queue is draining'));
    body.push('whole');
    body.push(null);
    const { body: text, release } = await reading;
    release();
    expect(text).toBe('whole');
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
    expect({ destroyed: body.destroyed }).toEqual({ destroyed: true });
  });

  it('a body without a Content-Length is read up to the limit, and its connection is let go', async () => {
    const chunk = Buffer.alloc(1024 * 1024);
    const body = new Readable({ read: () => void body.push(chunk) });
    const { store } = s3(200, body);
    await expect(store.get({ bucket: 'payloads', key: 'k' })).rejects.toThrow(InvalidMessageError);
    expect({ destroyed: body.destroyed }).toEqual({ destroyed: true });
  });

  it('a key that S3 cannot have, or that leads elsewhere, is a message that cannot be read, and S3 is not asked', async () => {
    const { store, asked } = s3(200, Readable.from(['x']));
    for (const key of ['\ud800', 'x'.repeat(1025), '..', '../salaries/a', 'a/./b']) {
      await expect(store.get({ bucket: 'payloads', key })).rejects.toThrow(InvalidMessageError);
    }
    expect(asked).toEqual([]);
  });

  it('bodies that exceed the capacity of the process wait until others are released', async () => {
    const length = 60 * 1024 * 1024;
    const { store, asked } = s3(200, () => Readable.from([Buffer.alloc(length)]), {
      'content-length': String(length),
    });
    const got: FetchedPayload[] = [];
    const fetches = Array.from({ length: 5 }, async (_, n) => {
      got.push(await store.get({ bucket: 'payloads', key: String(n) }));
    });
    await waitFor('five requests and two answers', () => asked.length >= 5 && got.length >= 2);
    await nextTurn();
    expect(got).toHaveLength(2);
    for (let given = 0; given < 5; given++) {
      await waitFor(`answer ${given + 1}`, () => got.length > given);
      got[given]?.release();
    }
    await Promise.all(fetches);
    // Each of the three that waited let its first answer go.
    expect(asked).toHaveLength(8);
  });

  it('a body of unknown length takes the room of the largest until it is read', async () => {
    const bodies = Array.from({ length: 2 }, () => new Readable({ read: () => undefined }));
    const reading = bodies.map((body) => s3(200, body).store.get(POINTER));
    await waitFor('every body to be read', () =>
      bodies.every((body) => body.listenerCount('readable') > 0),
    );
    const stop = new AbortController();
    const third = s3(200, Readable.from(['x'])).store.get(POINTER, { signal: stop.signal });
    stop.abort(new Error('no room came'));
    await expect(third).rejects.toThrow('no room came');
    for (const body of bodies) body.push(null);
    const read = await Promise.all(reading);
    const fourth = await s3(200, Readable.from(['x'])).store.get(POINTER);
    for (const { release } of [...read, fourth]) release();
  });

  it('a fetch that fails releases its capacity', async () => {
    for (let n = 0; n < 3; n++) {
      const body = new Readable({ read: () => void body.destroy(new Error('cut off')) });
      await expect(s3(200, body).store.get(POINTER)).rejects.toThrow('cut off');
    }
    (await s3(200, Readable.from(['x'])).store.get(POINTER)).release();
  });

  it('an answer has room while messages hold all of theirs', async () => {
    const headers = { 'content-length': String(64 * 1024 * 1024) };
    const { store } = s3(200, () => Readable.from([Buffer.alloc(64 * 1024 * 1024)]), headers);
    const held = [await store.get(POINTER), await store.get(POINTER)];
    const answer = await s3(200, Readable.from(['x'])).store.get(POINTER, { budget: 'answers' });
    for (const { release } of [...held, answer]) release();
    expect(answer.body).toBe('x');
  });
});
