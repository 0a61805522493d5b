import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { Command } from '../../src/protocol/index.js';
import {
  makeContainer,
  OutsideWorld,
  startWholeService,
  type Listener,
} from '../support/service.js';
import { waitFor } from '../support/wait.js';

const QUEUE = 'pudato-storage-queue';
const TABLE = 'messages';
let services: RunningService[] = [];
let folders: string[] = [];

afterEach(async () => {
  for (const service of services) await service.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  services = [];
  folders = [];
});

interface World {
  readonly service: RunningService;
  readonly outside: OutsideWorld;
  readonly results: Listener;
  readonly events: Listener;
}

async function start(env: NodeJS.ProcessEnv = {}): Promise<World> {
  const service = await startWholeService(env);
  services.push(service);
  const outside = new OutsideWorld(service);
  const results = await outside.listenTo('pudato-results');
  const events = await outside.listenTo('pudato-events');
  return { service, outside, results, events };
}

const put = (container: string, body: string, correlation_id = 'run-1'): string =>
  JSON.stringify(
    new Command({
      type: 'storage',
      action: 'put_object',
      payload: { container, path: 'report', body },
      correlation_id,
      timestamp: '2026-01-01T00:00:00Z',
    }),
  );

/** What has happened by the time a Command sent last has its Result. */
async function settle({ outside, results, events }: World, container: string): Promise<void> {
  await outside.send(QUEUE, put(container, 'the last', 'last'));
  await results.next(({ body }) => body['correlation_id'] === 'last');
  await events.next(({ body }) => body['correlation_id'] === 'last');
}

const of = (listener: Listener, id = 'run-1'): string[] =>
  listener.heard.filter(({ body }) => body['correlation_id'] === id).map(({ text }) => text);

/** Waits until so much of the Command was heard. */
const heard = async (listener: Listener, count: number): Promise<unknown> =>
  waitFor(`${count} messages of the Command`, async () => {
    await listener.receive();
    return of(listener).length >= count;
  });

const first = ({ results }: World) =>
  results.next(({ body }) => body['correlation_id'] === 'run-1');

describe('A Command that comes twice', () => {
  it.each([
    ['is run once, and answered by the same Result, word for word', {}, 1],
    ['is run once with a table in DynamoDB as well', { IDEMPOTENCY_TABLE_NAME: TABLE }, 1],
    [
      'is run twice where nothing is remembered',
      { IDEMPOTENCY_TABLE_NAME: 'none', WEFT_CONSUME: 'storage' },
      2,
    ],
  ])('%s', async (_what, env, runs) => {
    const world = await start(env);
    const container = await makeContainer(world.service);
    await world.outside.send(QUEUE, put(container, 'x'));
    await first(world);
    await world.outside.send(QUEUE, put(container, 'x'));
    await Promise.all([heard(world.results, 2), heard(world.events, runs)]);
    await settle(world, container);
    expect(of(world.events)).toHaveLength(runs);
    const results = of(world.results);
    expect(results).toHaveLength(2);
    expect(new Set(results).size).toBe(runs);
  });

  it('is run once also when the service was stopped in between', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weft-idempotency-'));
    folders.push(folder);
    const before = await start({ WEFT_DATA_DIR: folder });
    const container = await makeContainer(before.service);
    await before.outside.send(QUEUE, put(container, 'as commanded'));
    const { text } = await first(before);
    await before.service.close();

    const after = await start({ WEFT_DATA_DIR: folder });
    const object = { Bucket: container, Key: 'report' };
    await after.service.aws.s3.send(new PutObjectCommand({ ...object, Body: 'changed since' }));
    await after.outside.send(QUEUE, put(container, 'as commanded'));
    expect((await first(after)).text).toBe(text);
    const { Body } = await after.service.aws.s3.send(new GetObjectCommand(object));
    expect(await Body?.transformToString()).toBe('changed since');
    expect(of(after.events)).toEqual([]);
  });

  it('is run beside another Command of the same correlation id', async () => {
    const world = await start();
    const container = await makeContainer(world.service);
    for (const body of ['one', 'two', 'one', 'two']) {
      await world.outside.send(QUEUE, put(container, body));
    }
    await Promise.all([heard(world.results, 4), heard(world.events, 2)]);
    await settle(world, container);
    expect(of(world.events)).toHaveLength(2);
    expect(new Set(of(world.results)).size).toBe(2);
  });
});

describe('The table of the idempotency store', () => {
  it('holds one item for each handler and message', async () => {
    const world = await start({ IDEMPOTENCY_TABLE_NAME: TABLE });
    const container = await makeContainer(world.service);
    await settle(world, container);
    const { Items = [] } = await world.service.aws.dynamodb.send(
      new ScanCommand({ TableName: TABLE }),
    );
    const keys = Items.map(({ id }) => id?.S?.replace(/[\da-f]{64}$/, '<hash>'));
    expect(keys).toContain('pudato-storage-queue/StorageController.put#<hash>');
  });

  it('stops the start when it is missing and may not be made', async () => {
    const env = { IDEMPOTENCY_TABLE_NAME: 'missing' };
    const verify = startWholeService(env, (settings) => ({
      ...settings,
      messaging: { ...settings.messaging, provision: 'verify' },
    }));
    await expect(verify).rejects.toThrow('The DynamoDB table missing does not exist');
  });
});
