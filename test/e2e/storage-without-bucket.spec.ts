import { randomBytes } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { CommandsClient } from '../../src/messaging/index.js';
import { Command, type Result } from '../../src/protocol/index.js';
import { OutsideWorld, startWholeService, type Listener } from '../support/service.js';
import { differenceOf } from '../support/bytes.js';

const CONTAINER = 'reports';
let service: RunningService;
let results: Listener;

beforeAll(async () => {
  service = await startWholeService({ STORAGE_CONTAINERS: CONTAINER }, (settings) => {
    const { payloadBucket: _left, ...messaging } = settings.messaging;
    return { ...settings, messaging };
  });
  service.embedded?.createBucket(CONTAINER);
  results = await new OutsideWorld(service).listenTo('pudato-results');
});
afterAll(() => service.close());

const publish = async (action: string, payload: Record<string, unknown>): Promise<Result> => {
  const command = new Command({ type: 'storage', action, payload });
  await service.app.get(CommandsClient).publish(command);
  const heard = await results.next(({ body }) => body['correlation_id'] === command.correlation_id);
  return heard.body as unknown as Result;
};

const storeRandom = async (Key: string, bytes: number): Promise<Buffer> => {
  const Body = randomBytes(bytes);
  // What an object may be described by at most.
  const Metadata = { about: 'x'.repeat(2000) };
  await service.aws.s3.send(new PutObjectCommand({ Bucket: CONTAINER, Key, Body, Metadata }));
  return Body;
};

describe('Storage without a payload bucket', () => {
  it('an object that fits a message comes whole', async () => {
    const path = `${'"'.repeat(400)}/fits`;
    const body = await storeRandom(path, 180 * 1024);
    const { data } = await publish('get_object', { container: CONTAINER, path });
    expect(differenceOf(Buffer.from(String(data?.['body_base64']), 'base64'), body)).toBe('none');
    expect(data).not.toHaveProperty('truncated');
  });

  it('a larger one comes as a URL, and its Result is not lost', async () => {
    const body = await storeRandom('larger', 180 * 1024 + 1);
    const result = await publish('get_object', { container: CONTAINER, path: 'larger' });
    expect(result).toMatchObject({
      status: 'success',
      data: { truncated: true, body_base64: null, size: body.length },
      inputs: [{ location: `${CONTAINER}/larger` }],
    });
    const read = await fetch(String(result.data?.['url']));
    expect(differenceOf(Buffer.from(await read.arrayBuffer()), body)).toBe('none');
  });

  it('a container that is not on the list is not reached', async () => {
    service.embedded?.createBucket('salaries');
    const refused = [
      'Container not allowed: salaries. Add it to STORAGE_CONTAINERS of the service',
    ];
    for (const action of ['get_object', 'head_object', 'delete_object', 'presign']) {
      const { errors } = await publish(action, { container: 'salaries', path: 'x' });
      expect([action, errors]).toEqual([action, refused]);
    }
    const payload = { container: 'salaries', path: 'x', body: 'x' };
    expect((await publish('put_object', payload)).errors).toEqual(refused);
    expect((await publish('list_objects', { container: 'salaries' })).errors).toEqual(refused);
  });
});
