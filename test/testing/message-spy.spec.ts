import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Payload } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { defineTopology, OnEvent, PermanentError } from '../../src/transport/index.js';
import { MessageSpy, type TestBroker } from '../../src/testing/index.js';
import { startBriskStack } from '../support/brisk-stack.js';
import { startService, unique, type TestService } from '../support/transport.js';

const queue = unique('jobs');
const spy = new MessageSpy();
let broker: TestBroker;
let service: TestService;
let attempts = 0;

@Controller()
class Worker {
  @OnEvent('job.run')
  run(@Payload() { n }: { n: number }): void {
    if (n === 2 && (attempts += 1) === 1) throw new Error('not yet');
    if (n === 3) throw new PermanentError('never');
  }
}

beforeAll(async () => {
  broker = await startBriskStack();
  service = await startService(broker, {
    topology: defineTopology({
      queues: [{ name: queue, patterns: ['job.*'] }],
      routes: [{ patterns: ['job.*'], queue }],
    }),
    controllers: [Worker],
    server: { observer: spy },
    client: { observer: spy },
  });
});
afterAll(async () => {
  await service.close();
  await broker.stop();
});

const emit = (n: number): Promise<unknown> =>
  lastValueFrom(service.client.emit('job.run', { n }), { defaultValue: undefined });
const about =
  (number: number, outcome: string) =>
  (message: { data: unknown; outcome: string }): boolean =>
    message.outcome === outcome && (message.data as { n: number }).n === number;

const unread = ({ data }: { data: unknown }): boolean => data === undefined;

describe('the message spy', () => {
  it('sees what is sent and handled, with its data', async () => {
    await emit(1);
    expect(await spy.waitFor('job.run', about(1, 'sent'))).toEqual({
      outcome: 'sent',
      pattern: 'job.run',
      data: { n: 1 },
    });
    expect(await spy.waitFor('job.run')).toMatchObject({
      outcome: 'handled',
      queue,
      data: { n: 1 },
      receiveCount: 1,
      messageId: expect.any(String),
    });
  });

  it('sees each attempt, and what becomes of failures', async () => {
    await Promise.all([emit(2), emit(3)]);
    expect(await spy.waitFor('job.*', about(2, 'retried'))).toMatchObject({
      error: new Error('not yet'),
      receiveCount: 1,
    });
    expect(await spy.waitFor('job.*', about(2, 'handled'))).toMatchObject({ receiveCount: 2 });
    expect(await spy.waitFor('*', about(3, 'deadLettered'))).toMatchObject({
      error: expect.any(PermanentError),
    });
    await broker.put(queue, 'no JSON', { pattern: 'job.run' });
    expect(await spy.waitFor('*', unread)).toMatchObject({ outcome: 'deadLettered', pattern: '' });
  });

  it('says what it saw instead when it waits in vain, and forgets when told to', async () => {
    await expect(spy.waitFor('order.*', undefined, 20)).rejects.toThrow(
      /^Waited 0\.02 s for a message of order\.\* to be handled; seen: .*handled job\.run/,
    );
    spy.clear();
    expect(spy.seen).toEqual([]);
    await expect(spy.waitFor('job.run', undefined, 20)).rejects.toThrow('seen: none');
  });
});
