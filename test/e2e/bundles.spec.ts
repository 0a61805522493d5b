import { createHash, randomUUID } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { BundleReader } from '../../src/features/bundles/archive/bundle-reader.js';
import type { BundledObject } from '../../src/features/bundles/archive/manifest.js';
import { objectRanges } from '../../src/features/bundles/archive/object-ranges.js';
import { OutsideWorld, request, startWholeService } from '../support/service.js';
import { waitFor } from '../support/wait.js';
import {
  eventOf,
  notificationOf,
  recordOf,
  type Announced,
} from '../features/bundles/announcements.js';

const SOURCE = 'uploads';
const BUNDLES = 'weft-bundles';
const QUEUE = 'weft-bundles-queue';
let service: RunningService;
let outside: OutsideWorld;

beforeAll(async () => {
  service = await startWholeService({ BUNDLE_MAX_AGE_SECONDS: '1' });
  outside = new OutsideWorld(service);
  service.embedded?.createBucket(SOURCE);
});
afterAll(() => service.close());

/** Stores an object and says what S3 would announce. */
async function store(key: string, body: string): Promise<Announced> {
  const { ETag } = await service.aws.s3.send(
    new PutObjectCommand({ Bucket: SOURCE, Key: key, Body: body }),
  );
  const eTag = ETag?.replaceAll('"', '');
  return { bucket: SOURCE, key, size: Buffer.byteLength(body), eTag, sequencer: randomUUID() };
}

interface Found {
  readonly bundle: string;
  readonly reader: BundleReader;
  readonly object: BundledObject;
}

/** Every place where an object is, in all bundles. */
async function placesOf({ key, sequencer }: Announced): Promise<Found[]> {
  const { Contents = [] } = await service.aws.s3.send(
    new ListObjectsV2Command({ Bucket: BUNDLES }),
  );
  const found: Found[] = [];
  for (const { Key: bundle = '' } of Contents) {
    const reader = await BundleReader.open(objectRanges(service.aws.s3, BUNDLES, bundle));
    for (const object of reader.manifest.objects) {
      if (object.key === key && object.sequencer === sequencer) {
        found.push({ bundle, reader, object });
      }
    }
  }
  return found;
}

const bundled = (object: Announced): Promise<Found> =>
  waitFor(`${object.key} in a bundle`, async () => (await placesOf(object))[0]);

async function bytesOf({ reader, object }: Found): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of reader.read(object)) pieces.push(piece);
  return String(Buffer.concat(pieces));
}

describe('Bundles', () => {
  it('hold every object that is announced, by S3, by a topic or by EventBridge', async () => {
    const direct = await store('in box/ü+1 %.txt', 'direct');
    const [first, second] = [await store('many/1', 'one'), await store('many/2', 'two')];
    const byBridge = await store('a+b c', 'by EventBridge');
    await outside.send(QUEUE, notificationOf(direct));
    await outside.send(QUEUE, notificationOf(first, second));
    await outside.send(QUEUE, eventOf(byBridge));
    const bodies: string[] = [];
    for (const object of [direct, first, second, byBridge]) {
      bodies.push(await bytesOf(await bundled(object)));
    }
    expect(bodies).toEqual(['direct', 'one', 'two', 'by EventBridge']);
  });

  it('are gzip files by the hour, with the hash of their bytes', async () => {
    const object = await store('hash', 'x');
    await outside.send(QUEUE, notificationOf(object));
    const { bundle } = await bundled(object);
    expect(bundle).toMatch(/^\d{4}\/\d{2}\/\d{2}\/\d{2}\/bundle-[0-9a-f-]{36}-[0-9a-f]{8}\.gz$/);
    const { Body, Metadata, ContentType, ContentEncoding } = await service.aws.s3.send(
      new GetObjectCommand({ Bucket: BUNDLES, Key: bundle }),
    );
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    expect({ ContentType, ContentEncoding }).toEqual({
      ContentType: 'application/gzip',
      ContentEncoding: undefined,
    });
    expect(Metadata?.['content-sha256']).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('hold an object once that is announced several times, together and later', async () => {
    const object = await store('twice', 'once');
    await outside.send(QUEUE, notificationOf(object, object));
    await outside.send(QUEUE, notificationOf(object));
    await bundled(object);
    await outside.send(QUEUE, eventOf(object));
    await outside.send(QUEUE, notificationOf(object));
    const after = await store('after-twice', 'x');
    await outside.send(QUEUE, notificationOf(after));
    await bundled(after);
    expect(await placesOf(object)).toHaveLength(1);
  });

  it('hold an object anew that was overwritten', async () => {
    const first = await store('overwritten', 'first');
    await outside.send(QUEUE, notificationOf(first));
    await bundled(first);
    const second = await store('overwritten', 'second');
    await outside.send(QUEUE, notificationOf(second));
    expect(await bytesOf(await bundled(second))).toBe('second');
  });

  it('say of objects that were deleted or replaced before they were fetched that they are gone', async () => {
    const deleted = await store('deleted', 'x');
    await service.aws.s3.send(new DeleteObjectCommand({ Bucket: SOURCE, Key: 'deleted' }));
    const replaced = await store('replaced', 'x');
    const there = await store('replaced', 'y');
    await outside.send(QUEUE, notificationOf(deleted, replaced, there));
    const { reader } = await bundled(there);
    expect(reader.manifest.refused).toMatchObject([
      { key: 'deleted', reason: 'was deleted before it was fetched', final: true },
      { key: 'replaced', reason: 'was replaced before it was fetched', final: true },
    ]);
  });

  it('are not held up by what is malformed, of a bad name or of a foreign bucket: that is dead-lettered with the reason', async () => {
    const good = await store('good', 'good');
    const body = JSON.stringify({
      Records: [
        recordOf(good),
        { eventName: 'ObjectCreated:Put' },
        recordOf(await store('a/../b', 'x')),
        recordOf({ ...good, bucket: BUNDLES }),
      ],
    });
    await outside.send(QUEUE, body);
    await outside.send(QUEUE, 'no JSON');
    expect(await bytesOf(await bundled(good))).toBe('good');
    const dead = await outside.watch(`${QUEUE}-dlq`);
    const { attributes } = await dead.next(({ text }) => text === body);
    expect(attributes['deadLetterReason']).toBe(
      [
        'Record 1 has no key, or one that is not URL-encoded',
        'uploads/a/../b has a ".." part',
        'weft-bundles/good is in a bucket of the service itself, whose objects are never bundled',
      ].join('; '),
    );
    await dead.next(({ text }) => text === 'no JSON');
  });

  it('are counted, and report the age of the oldest object that waits', async () => {
    const { body } = await request<string>(service, '/metrics');
    expect(body).toMatch(/^weft_bundled_objects_total\S* [1-9]/m);
    expect(body).toMatch(/^weft_bundles_total\S* [1-9]/m);
    expect(body).toMatch(/^weft_bundle_refused_objects_total\{reason="gone"\S* 2/m);
    expect(body).toMatch(/^weft_bundle_oldest_object_seconds/m);
  });
});
