import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ObjectCopier } from '../../../src/features/storage/object-copier.js';
import { ObjectWriter, type ObjectToWrite } from '../../../src/features/storage/object-writer.js';
import { startTestBroker, type TestBroker } from '../../../src/testing/index.js';

const CONTAINER = 'written';
const MIB = 1024 * 1024;
let broker: TestBroker;
let writer: ObjectWriter;

beforeAll(async () => {
  broker = await startTestBroker();
  await broker.aws.s3.send(new CreateBucketCommand({ Bucket: CONTAINER }));
  writer = new ObjectWriter(() => broker.aws.s3);
});
afterAll(() => broker.stop());

const object = (path: string, body: string | Buffer, more: Partial<ObjectToWrite> = {}) => ({
  container: CONTAINER,
  path,
  body: Buffer.from(body),
  contentType: 'text/plain',
  metadata: {},
  correlationId: 'c-1',
  ...more,
});

const head = (path: string) =>
  broker.aws.s3.send(new HeadObjectCommand({ Bucket: CONTAINER, Key: path }));

describe('a conditional write', () => {
  it('that is repeated by a redelivery finds its own object, and is a success again', async () => {
    const create = object('once', 'a', { condition: { IfNoneMatch: '*' } });
    const first = await writer.write(create);
    expect(await writer.write(create)).toEqual(first);
    const replace = object('once', 'b', { condition: { IfMatch: `"${first.etag}"` } });
    const second = await writer.write(replace);
    expect(second.etag).not.toBe(first.etag);
    expect(await writer.write(replace)).toEqual(second);
  });

  it.each<[string, Partial<ObjectToWrite>]>([
    ['by another Command', { correlationId: 'c-2' }],
    ['of another body', { body: Buffer.from('other') }],
  ])('%s meets an object that is not its own', async (what, other) => {
    const create = object(what, 'a', { condition: { IfNoneMatch: '*' } });
    await writer.write(create);
    await expect(writer.write({ ...create, ...other })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });

  it('of two that run at once, one is stored', async () => {
    const writes = ['1', '2', '3', '4'].map((body) =>
      writer.write(object('race', body, { condition: { IfNoneMatch: '*' }, correlationId: body })),
    );
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('goes up in parts as any other, and is refused when it is completed', async () => {
    const large = object('large', Buffer.alloc(9 * MIB, 'x'), { condition: { IfNoneMatch: '*' } });
    expect((await writer.write(large)).etag).toMatch(/-2$/);
    await expect(writer.write({ ...large, correlationId: 'c-9' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });
});

describe('a large body', () => {
  it('is not stored when its message is lost on the way', async () => {
    const gone = AbortSignal.abort(new Error('The lease was lost'));
    await expect(writer.write(object('aborted', Buffer.alloc(9 * MIB)), gone)).rejects.toThrow(
      'The lease was lost',
    );
    await expect(head('aborted')).rejects.toMatchObject({ name: 'NotFound' });
  });
});

describe('an object above the limit of one copy', () => {
  it('is copied in parts, with its type and metadata', async () => {
    const Body = Buffer.alloc(6 * MIB, 'part');
    await broker.aws.s3.send(
      new PutObjectCommand({
        Bucket: CONTAINER,
        Key: 'source',
        Body,
        ContentType: 'text/csv',
        Metadata: { owner: 'me' },
      }),
    );
    const copier = new ObjectCopier(() => broker.aws.s3, {
      singleBytes: MIB,
      partBytes: 5 * MIB,
    });
    const at = (path: string) => ({ container: CONTAINER, path });
    const copied = await copier.copy(at('source'), at('target'));
    expect(copied).toMatchObject({ content_type: 'text/csv', size: Body.length });
    expect(copied.etag).toMatch(/-2$/);
    expect(await head('target')).toMatchObject({
      ContentLength: Body.length,
      ContentType: 'text/csv',
      Metadata: { owner: 'me' },
    });
  });
});
