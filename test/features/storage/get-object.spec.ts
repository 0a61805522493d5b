import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import type { AwsClients } from '../../../src/aws/index.js';
import { loadServiceSettings } from '../../../src/app/service-settings.js';
import { StorageService } from '../../../src/features/storage/storage.service.js';
import { runInMessageScope } from '../../../src/transport/message-scope.js';
import { waitForCount } from '../../support/wait.js';

const OBJECT_BYTES = 32 * 1024 * 1024;

/** The service over an S3 in which every object has as many bytes. */
function serviceOver(
  bytes: number,
  headers: Record<string, string> = { 'content-length': String(bytes) },
) {
  const s3 = new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: {
      handle: () =>
        Promise.resolve({
          response: { statusCode: 200, headers, body: Readable.from([Buffer.alloc(bytes)]) },
        }),
    },
  });
  const settings = loadServiceSettings({ WEFT_DATA_DIR: ':memory:' });
  return new StorageService({ s3 } as unknown as AwsClients, settings);
}

const object = { container: 'data', path: 'large.bin' };

describe('get_object', () => {
  it('objects that Results are made of wait for each other, until the Results are out', async () => {
    const storage = serviceOver(OBJECT_BYTES);
    const published = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const read: number[] = [];
    const commands = published.map(({ promise }, at) =>
      runInMessageScope({ correlationId: `c${at}` }, async () => {
        const { size } = await storage.get(object);
        read.push(size);
        await promise;
      }),
    );
    await waitForCount('objects read', () => read, 2);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(read).toHaveLength(2);
    published[0]?.resolve();
    published[1]?.resolve();
    await waitForCount('objects read', () => read, 3);
    published[2]?.resolve();
    await Promise.all(commands);
  });

  it('an object that does not say how long it is, and is too large for a Result, comes as a URL', async () => {
    const { body_base64, ...rest } = await serviceOver(OBJECT_BYTES + 1, {}).get(object);
    expect(body_base64).toBeNull();
    expect(rest).toMatchObject({ truncated: true, url: expect.stringContaining('large.bin') });
  });
});
