import { Controller } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { ClientClosedError, defineTopology, OnRequest } from '../../../src/transport/index.js';
import { faults, type Fault, type FaultProxy } from '../../../src/testing/index.js';
import { hang } from '../../faults/hang.js';
import { startService, TestStack, unique, type TestService } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start({ embedded: true });
});
afterAll(() => stack.stop());

const RECEIVES = ['ReceiveMessage'];
const PAYLOAD_BYTES = 1100 * 1024;

@Controller()
class Worker {
  @OnRequest('job.ask')
  ask(): string {
    return 'answered';
  }

  @OnRequest('job.large')
  large(): string {
    return 'x'.repeat(PAYLOAD_BYTES);
  }
}

const opened: TestService[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((service) => service.close()));
});

/** A service whose client goes by a proxy. */
async function start(
  requestTimeoutMs: number,
  more: { readonly payloadBucket?: string; readonly closeTimeoutMs?: number } = {},
) {
  const name = unique('jobs');
  const proxy = await stack.proxy();
  const serverProxy = await stack.proxy();
  const { payloadBucket } = more;
  const service = await startService(stack, {
    topology: defineTopology({
      queues: [{ name, patterns: ['job.*'] }],
      routes: [{ patterns: ['job.*'], queue: name }],
    }),
    controllers: [Worker],
    server: {
      aws: serverProxy.clientOptions(),
      ...(payloadBucket !== undefined && { payloadBucket }),
    },
    client: { aws: proxy.clientOptions(), requestTimeoutMs, ...more },
  });
  opened.push(service);
  const ask = (pattern = 'job.ask'): Promise<string> =>
    firstValueFrom(service.client.send<string>(pattern, {}));
  return { proxy, serverProxy, service, ask };
}

/** The poll that is open when a fault begins was sent before it: its answer makes way for the next one. */
async function strikeNextPoll(proxy: FaultProxy, fault: Fault, ask: () => Promise<string>) {
  expect(await ask()).toBe('answered');
  proxy.use(fault);
  expect(await ask()).toBe('answered');
  await waitFor('the next poll to be struck', () => fault.struck === 1);
}

it('a caller is answered in time though the poll of the reply queue hangs', async () => {
  const { proxy, ask } = await start(18_000);
  const hung = hang({ on: RECEIVES, times: 1, afterEffect: false });
  await strikeNextPoll(proxy, hung, ask);
  expect(await ask()).toBe('answered');
});

it('a caller is answered in time though the poll hangs that has received its answer', async () => {
  const { proxy, ask } = await start(18_000);
  const hung = hang({ on: RECEIVES, times: 1, afterEffect: true });
  await strikeNextPoll(proxy, hung, ask);
  expect(await ask()).toBe('answered');
});

it('requests are answered though their reply queue could not be made at first', async () => {
  const { proxy, ask } = await start(60_000);
  // Three are tried by the SDK for each of the client's own.
  const refused = faults.serverError({ on: ['CreateQueue'], times: 7 });
  proxy.use(refused);
  expect(await Promise.all([ask(), ask()])).toEqual(['answered', 'answered']);
  expect(refused.struck).toBe(7);
});

it('requests are answered though the topology could not be looked up at first', async () => {
  const { proxy, ask } = await start(60_000);
  const refused = faults.serverError({ on: ['GetQueueUrl', 'GetQueueAttributes'], times: 7 });
  proxy.use(refused);
  expect(await Promise.all([ask(), ask()])).toEqual(['answered', 'answered']);
  expect(refused.struck).toBe(7);
});

it('an answer whose body is slow to be fetched holds up no other answer', async () => {
  const payloadBucket = unique('payloads');
  stack.embedded.createBucket(payloadBucket);
  const { proxy, ask } = await start(30_000, { payloadBucket });
  const hung = hang({ on: ['GET'], times: 1, afterEffect: false });
  proxy.use(hung);
  const large = ask('job.large');
  await waitFor('the fetch to hang', () => hung.struck === 1);
  expect(await ask()).toBe('answered');
  // Its message is received again, and fetched anew.
  expect(await large).toHaveLength(PAYLOAD_BYTES);
});

it('an answer is sent for as long as its caller waits', async () => {
  const { serverProxy, ask } = await start(60_000);
  expect(await ask()).toBe('answered');
  // Four are tried by the batcher, each three times by the SDK.
  const refused = faults.serverError({ on: ['SendMessageBatch'], times: 15 });
  serverProxy.use(refused);
  expect(await ask()).toBe('answered');
  expect(refused.struck).toBe(15);
});

it('closing is bounded though the reply queue cannot be deleted', async () => {
  const { proxy, service, ask } = await start(5000, { closeTimeoutMs: 500 });
  expect(await ask()).toBe('answered');
  proxy.use(hang({ on: ['DeleteQueue'], afterEffect: false }));
  await expect(service.client.close()).resolves.toBeUndefined();
});

it('a request that is sent in vain after its client was closed fails once', async () => {
  const { proxy, service } = await start(5000, { closeTimeoutMs: 500 });
  proxy.use(hang({ on: ['SendMessageBatch'], afterEffect: false }));
  const told: unknown[] = [];
  service.client.send('job.ask', {}).subscribe({ error: (error: unknown) => told.push(error) });
  await service.client.close();
  expect(told).toEqual([expect.any(ClientClosedError)]);
});

it('a request that is answered at once costs one receive of the reply queue', async () => {
  const { proxy, ask } = await start(60_000);
  expect(await ask()).toBe('answered');
  const counted = faults.delay({ maxMs: 0 }, { on: RECEIVES });
  proxy.use(counted);
  for (let request = 0; request < 10; request += 1) expect(await ask()).toBe('answered');
  expect(counted.struck).toBeLessThanOrEqual(10);
});
