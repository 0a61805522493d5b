import { Controller } from '@nestjs/common';
import { expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { defineTopology, OnEvent, OnRequest } from '../../../src/transport/index.js';
import {
  Fault,
  faults,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from '../../../src/testing/index.js';
import { emit, unique } from '../../support/transport.js';
import { Bench } from '../../support/bench.js';
import { waitFor } from '../../support/wait.js';

const bench = new Bench();

const jobs = () => {
  const name = unique('jobs');
  return defineTopology({
    queues: [{ name, patterns: ['job.*'] }],
    routes: [{ patterns: ['job.*'], queue: name }],
  });
};

/** Answers nothing until it is told to. */
class Stall extends Fault {
  readonly #end = Promise.withResolvers<void>();
  stalled = 0;

  override async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    this.stalled += 1;
    await this.#end.promise;
    return forward(request);
  }

  end(): void {
    this.#end.resolve();
  }
}

it('closing ends with the drain time though SQS answers nothing any more', async () => {
  let began = 0;
  const held = Promise.withResolvers<void>();
  @Controller()
  class Worker {
    @OnEvent('job.run')
    async run(): Promise<void> {
      began += 1;
      await held.promise;
    }
  }
  const stall = new Stall({});
  const proxy = await bench.stack.proxy();
  const service = await bench.start({
    topology: jobs(),
    controllers: [Worker],
    server: { aws: proxy.clientOptions(), drainTimeoutMs: 1500 },
  });
  await emit(service.client, 'job.run', {});
  await waitFor('the handler to run', () => began === 1);
  proxy.use(stall);
  held.resolve();
  await waitFor('the delete to stall', () => stall.stalled > 0);
  await expect(service.server.close()).resolves.toBeUndefined();
  proxy.use();
  stall.end();
  await service.close();
});

it('an answer whose receive was lost reaches its caller in time', async () => {
  @Controller()
  class Worker {
    @OnRequest('job.ask')
    ask(): string {
      return 'answered';
    }
  }
  const proxy = await bench.stack.proxy();
  const service = await bench.start({
    topology: jobs(),
    controllers: [Worker],
    client: { aws: proxy.clientOptions(), requestTimeoutMs: 15_000 },
  });
  expect(await firstValueFrom(service.client.send('job.ask', {}))).toBe('answered');
  const lost = faults.loseAnswer({ on: ['ReceiveMessage'], times: 1 });
  proxy.use(lost);
  // The poll that is open brings the first of them; the answer to the next one is lost.
  for (let request = 0; request < 2; request += 1)
    expect(await firstValueFrom(service.client.send('job.ask', {}))).toBe('answered');
  expect(lost.struck).toBe(1);
  await service.close();
});
