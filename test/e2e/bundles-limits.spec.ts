import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { unbundle } from '../../src/features/bundles/index.js';
import { startTestBroker } from '../../src/testing/index.js';
import { notificationOf, type Announced } from '../features/bundles/announcements.js';
import { OutsideWorld, startWholeService } from '../support/service.js';
import { waitFor } from '../support/wait.js';

const QUEUE = 'weft-bundles-queue';
const MIB = 1024 * 1024;
let folder: string;
let service: RunningService;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-limits-'));
});
afterEach(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A service whose bundles nothing but their limits closes. */
async function start(env: NodeJS.ProcessEnv): Promise<void> {
  service = await startWholeService({
    WEFT_DATA_DIR: folder,
    BUNDLE_MAX_AGE_SECONDS: '1800',
    ...env,
  });
  service.embedded?.createBucket('uploads');
}

async function store(key: string, size: number): Promise<Announced> {
  const Body = Buffer.alloc(size, key);
  const put = new PutObjectCommand({ Bucket: 'uploads', Key: key, Body });
  const { ETag } = await service.aws.s3.send(put);
  return { bucket: 'uploads', key, size, eTag: ETag?.replaceAll('"', ''), sequencer: '1' };
}

const nothing: Announced = {
  bucket: 'uploads',
  key: 'none',
  size: 1,
  eTag: undefined,
  sequencer: '1',
};

const announce = (...objects: readonly Announced[]): Promise<void> =>
  new OutsideWorld(service).send(QUEUE, notificationOf(...objects));

const inOrder = (bundles: readonly string[][]): string[][] =>
  bundles.toSorted((a, b) => String(a).localeCompare(String(b)));

/** The keys in each bundle. */
async function bundled(s3: S3Client): Promise<string[][]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'weft-bundles' }));
  const found = await Promise.all(
    Contents.map(({ Key }) => unbundle(`s3://weft-bundles/${Key}`, { s3: () => s3 })),
  );
  expect(found.flatMap(({ faults }) => faults)).toEqual([]);
  return inOrder(found.map(({ objects }) => objects.map(({ key }) => key)));
}

const bundlesAre = (...expected: readonly string[][]): Promise<unknown> =>
  waitFor(`the bundles to hold ${JSON.stringify(expected)}`, () => bundled(service.aws.s3), {
    until: (found) => JSON.stringify(found) === JSON.stringify(inOrder(expected)),
  });

describe('A bundle', () => {
  it('is closed when another object would be too much for it, which goes into the next one', async () => {
    await start({ MAX_BUNDLE_INPUT_MB: '1' });
    const objects = [await store('a', 600 * 1024), await store('b', 300 * 1024)];
    const next = await store('c', MIB / 2);
    await announce(...objects, next);
    await bundlesAre(['a', 'b']);
    await announce(await store('d', MIB / 2));
    await bundlesAre(['a', 'b'], ['c', 'd']);
    expect(await bundled(service.aws.s3)).toHaveLength(2);
  });

  it('does not take an object that is larger than a whole one, which is dead-lettered alone', async () => {
    await start({ MAX_BUNDLE_INPUT_MB: '1', BUNDLE_MAX_OBJECTS: '1' });
    const [large, small] = [await store('large', MIB + 1), await store('small', 10)];
    await announce(large);
    await announce(small);
    await bundlesAre(['small']);
    const dead = await new OutsideWorld(service).watch(`${QUEUE}-dlq`);
    const { attributes } = await dead.next();
    expect(attributes['deadLetterReason']).toBe(
      `uploads/large has ${MIB + 1} bytes, more than the ${MIB} of a whole bundle`,
    );
  });

  it('is one of its group, closed by the number of its objects', async () => {
    await start({ BUNDLE_GROUP_BY: 'prefix:1', BUNDLE_MAX_OBJECTS: '2' });
    for (const key of ['x/1', 'y/1', 'x/2', 'y/2']) await announce(await store(key, 10));
    await bundlesAre(['x/1', 'x/2'], ['y/1', 'y/2']);
    await announce(await store('x/3', 10));
    expect(await bundled(service.aws.s3)).toHaveLength(2);
  });

  it('is closed by the number of objects it says are refused, as its manifest names them all', async () => {
    await start({ BUNDLE_MAX_OBJECTS: '4' });
    const refused = ['../b', '../c', '../d'].map((key) => ({ ...nothing, key }));
    await announce(await store('a', 10), ...refused);
    await bundlesAre(['a']);
    expect(await bundled(service.aws.s3)).toHaveLength(1);
  });

  it('holds an object whole that is streamed into it', async () => {
    await start({ BUNDLE_MAX_OBJECTS: '2' });
    const put = await import('@aws-sdk/lib-storage');
    const Body = Buffer.alloc(10 * MIB, 'stream');
    const upload = new put.Upload({
      client: service.aws.s3,
      params: { Bucket: 'uploads', Key: 'streamed', Body },
    });
    const { ETag } = await upload.done();
    const eTag = ETag?.replaceAll('"', '');
    const streamed = { bucket: 'uploads', key: 'streamed', size: Body.length, eTag };
    await announce({ ...streamed, sequencer: '1' }, await store('beside', 10));
    await bundlesAre(['streamed', 'beside']);
    expect(await bundled(service.aws.s3)).toHaveLength(1);
  });

  it('that is open is stored when the service ends, and nothing is left over', async () => {
    await start({});
    const objects = [await store('a', 10), await store('b', 20)];
    await announce(...objects);
    const { SnsSqsServer } = await import('../../src/transport/index.js');
    await waitFor('the message in flight', () =>
      service.app
        .get(SnsSqsServer)
        .health()
        .some(({ queue, inFlight }) => queue === QUEUE && inFlight === 1),
    );
    await service.close();
    const broker = await startTestBroker({ dataDir: folder });
    try {
      expect(await bundled(broker.aws.s3)).toEqual([['a', 'b']]);
      expect(await broker.depth(QUEUE)).toEqual({ visible: 0, inFlight: 0 });
    } finally {
      await broker.stop();
    }
  });
});
