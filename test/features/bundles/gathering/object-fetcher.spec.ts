import { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { ObjectFetcher } from '../../../../src/features/bundles/gathering/object-fetcher.js';
import type { AnnouncedObject } from '../../../../src/features/bundles/intake/announcement.js';

interface Answer {
  readonly status?: number;
  readonly code?: string;
  readonly body?: string;
  /** How many bytes of the body come before the connection breaks. */
  readonly breaksAt?: number;
  readonly length?: number;
  readonly etag?: string;
}

/** An S3 that gives these answers, one after the other, and what it was asked. */
function s3(...answers: readonly Answer[]) {
  const asked: { query: unknown; headers: Record<string, string> }[] = [];
  const client = new S3Client({
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: {
      handle: (request: { query: unknown; headers: Record<string, string> }) => {
        const answer = answers[asked.length] ?? {};
        asked.push(request);
        const { status = 200, code, body = '', etag = '"e"' } = answer;
        const text = code === undefined ? body : `<Error><Code>${code}</Code></Error>`;
        const length = answer.length ?? text.length;
        const headers = { 'content-length': String(length), etag };
        return Promise.resolve({
          response: { statusCode: status, headers, body: bodyOf(text, answer.breaksAt) },
        });
      },
    },
  });
  return { fetcher: new ObjectFetcher(() => client), asked };
}

function bodyOf(text: string, breaksAt: number | undefined): Readable {
  if (breaksAt === undefined) return Readable.from([Buffer.from(text)]);
  let given = false;
  return new Readable({
    read() {
      if (given) {
        this.destroy(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
        return;
      }
      given = true;
      this.push(Buffer.from(text.slice(0, breaksAt)));
    },
  });
}

const OBJECT: AnnouncedObject = {
  bucket: 'raw',
  key: 'a/b',
  version_id: null,
  sequencer: '1',
  etag: 'e',
  size: 5,
};

async function streamed(fetcher: ObjectFetcher): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of fetcher.stream(OBJECT)) pieces.push(piece);
  return String(Buffer.concat(pieces));
}

describe('an announced object', () => {
  it('is fetched by its version, or else only as the state that was announced', async () => {
    const versioned = s3({ body: 'hello' });
    await versioned.fetcher.fetch({ ...OBJECT, version_id: 'v1' });
    expect(versioned.asked[0]?.query).toMatchObject({ versionId: 'v1' });
    expect(versioned.asked[0]?.headers['if-match']).toBeUndefined();
    const plain = s3({ body: 'hello' });
    expect(String(await plain.fetcher.fetch(OBJECT))).toBe('hello');
    expect(plain.asked[0]?.headers['if-match']).toBe('"e"');
  });

  it.each<[Answer, string, string]>([
    [{ status: 404, code: 'NoSuchKey' }, 'gone', 'was deleted before it was fetched'],
    [{ status: 404, code: 'NoSuchVersion' }, 'gone', 'was deleted before it was fetched'],
    [{ status: 405, code: 'MethodNotAllowed' }, 'gone', 'was deleted before it was fetched'],
    [{ status: 412, code: 'PreconditionFailed' }, 'gone', 'was replaced before it was fetched'],
    [{ body: 'longer than that' }, 'gone', 'was replaced before it was fetched'],
    [{ body: 'hello', etag: '"other"' }, 'gone', 'was replaced before it was fetched'],
    [{ status: 403, code: 'AccessDenied' }, 'forbidden', 'may not be read'],
    [{ status: 403, code: 'InvalidObjectState' }, 'forbidden', 'is archived and must be restored'],
    [{ status: 404, code: 'NoSuchBucket' }, 'bad_bucket', 'is in a bucket that does not exist'],
  ])('that S3 answers by %j is refused at once as %s', async (answer, kind, reason) => {
    const { fetcher, asked } = s3(answer);
    await expect(fetcher.fetch(OBJECT)).rejects.toMatchObject({ kind, reason, retryable: false });
    expect(asked).toHaveLength(1);
  });

  it('that comes too short is fetched again', async () => {
    const { fetcher, asked } = s3({ body: 'hello', breaksAt: 2 }, { body: 'hello' });
    expect(String(await fetcher.fetch(OBJECT))).toBe('hello');
    expect(asked).toHaveLength(2);
  });

  it('that always comes too short fails, and may be tried with its message again', async () => {
    const short = { body: 'hello', breaksAt: 2 };
    const { fetcher, asked } = s3(short, short, short, short, short);
    await expect(fetcher.fetch(OBJECT)).rejects.toMatchObject({
      message: 'raw/a/b could not be read after 4 attempts',
      retryable: true,
    });
    expect(asked).toHaveLength(4);
  });

  it('is asked for again when S3 has too much to do', async () => {
    const { fetcher } = s3({ status: 503, code: 'SlowDown' }, { body: 'hello' });
    expect(String(await fetcher.fetch(OBJECT))).toBe('hello');
  });

  it('that is streamed is taken up where it broke', async () => {
    const { fetcher, asked } = s3({ body: 'hello', breaksAt: 3 }, { status: 206, body: 'lo' });
    expect(await streamed(fetcher)).toBe('hello');
    expect(asked[1]?.headers['range']).toBe('bytes=3-');
    expect(asked[1]?.headers['if-match']).toBe('"e"');
  });

  it('that is replaced while it is streamed is refused', async () => {
    const { fetcher } = s3(
      { body: 'hello', breaksAt: 3 },
      { status: 412, code: 'PreconditionFailed' },
    );
    await expect(streamed(fetcher)).rejects.toMatchObject({ kind: 'gone' });
  });
});
