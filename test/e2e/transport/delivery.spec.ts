import { Controller, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
} from '@aws-sdk/client-sqs';
import { Ctx, Payload } from '@nestjs/microservices';
import { randomUUID } from 'node:crypto';
import { firstValueFrom } from 'rxjs';
import {
  DEAD_LETTER_DETAILS,
  DEAD_LETTER_REASON,
  defineTopology,
  OnEvent,
  OnRequest,
  PermanentError,
  record,
  RetryableError,
  SnsSqsContext,
  type QueueDeclaration,
  type Topology,
  type TransportObserver,
} from '../../../src/transport/index.js';
import { bindTopology } from '../../../src/transport/topology/index.js';
import { Bench } from '../../support/bench.js';
import {
  emit,
  unique,
  type TestService,
  type TestServiceOptions,
} from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

const bench = new Bench();

/** A queue of its own that carries `job.*`, sent to directly. */
function jobs(declaration: Partial<QueueDeclaration> = {}): { queue: string; topology: Topology } {
  const queue = declaration.name ?? unique('jobs');
  return {
    queue,
    topology: defineTopology({
      queues: [{ name: queue, patterns: ['job.*'], visibilityTimeoutS: 5, ...declaration }],
      routes: [{ patterns: ['job.*'], queue }],
    }),
  };
}

interface Attempt {
  readonly data: unknown;
  readonly receiveCount: number;
}

/** A controller whose `job.run` does what the test says, and notes each attempt. */
function worker(work: (attempt: Attempt, context: SnsSqsContext) => unknown) {
  const attempts: Attempt[] = [];
  @Controller()
  class Worker {
    @OnEvent('job.run')
    run(@Payload() data: object, @Ctx() context: SnsSqsContext): unknown {
      const attempt = { data, receiveCount: context.receiveCount };
      attempts.push(attempt);
      return work(attempt, context);
    }
  }
  return { Worker, attempts };
}

const start = (options: TestServiceOptions): Promise<TestService> => bench.start(options);

/** A promise and its resolver, to hold a handler where the test wants it. */
function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe('a message whose handler fails', () => {
  it('is redelivered after a back-off until its handler succeeds', async () => {
    const { topology, queue } = jobs();
    const { Worker, attempts } = worker(({ receiveCount }) => {
      if (receiveCount < 3) throw new Error('not yet');
    });
    const { client } = await start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', { n: 1 });
    await waitFor(() => attempts.length === 3);
    expect(attempts.map(({ receiveCount }) => receiveCount)).toEqual([1, 2, 3]);
    await bench.stack.emptied(queue);
  });

  it('is moved to the dead-letter queue by SQS after its last receive', async () => {
    const { topology, queue } = jobs({ deadLetter: { maxReceiveCount: 2 } });
    const lasts: boolean[] = [];
    const { Worker } = worker((_attempt, context) => {
      lasts.push(context.isLastAttempt);
      throw new Error('never');
    });
    const { client } = await start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', { n: 1 });
    const { Body: body = '' } = await bench.stack.take(`${queue}-dlq`);
    expect(JSON.parse(body)).toMatchObject({ pattern: 'job.run', data: { n: 1 } });
    expect(lasts).toEqual([false, true]);
  });

  it('is dead-lettered at once when its error is permanent, with body, attributes, reason and original id', async () => {
    const { topology, queue } = jobs();
    const { Worker, attempts } = worker(() => {
      throw new PermanentError('the order was cancelled');
    });
    await start({ topology, controllers: [Worker] });
    const body = '{"n":1}';
    const id = await bench.stack.put(queue, body, { pattern: 'job.run', tenant: 'acme' });
    const copy = await bench.stack.take(`${queue}-dlq`);
    expect(copy.Body).toBe(body);
    expect(copy.MessageAttributes).toMatchObject({
      pattern: { StringValue: 'job.run' },
      tenant: { StringValue: 'acme' },
      [DEAD_LETTER_REASON]: { StringValue: 'the order was cancelled' },
    });
    expect(
      JSON.parse(copy.MessageAttributes?.[DEAD_LETTER_DETAILS]?.StringValue ?? ''),
    ).toMatchObject({
      code: 'WEFT_PERMANENT',
      queue,
      messageId: id,
      receiveCount: 1,
      attributes: {},
    });
    await bench.stack.emptied(queue);
    expect(attempts).toHaveLength(1);
  });

  it('keeps all ten of its attributes in the dead-letter queue, within the limit of ten', async () => {
    const { topology, queue } = jobs();
    const { Worker } = worker(() => {
      throw new PermanentError('no');
    });
    await start({ topology, controllers: [Worker] });
    const attributes = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`a${index}`, String(index)]),
    );
    await bench.stack.put(queue, '{}', { pattern: 'job.run', ...attributes });
    const { MessageAttributes: copied = {} } = await bench.stack.take(`${queue}-dlq`);
    const details = JSON.parse(copied[DEAD_LETTER_DETAILS]?.StringValue ?? '{}') as {
      attributes: object;
    };
    expect(Object.keys(copied)).toHaveLength(10);
    expect(new Set([...Object.keys(copied), ...Object.keys(details.attributes)])).toEqual(
      new Set([...Object.keys(attributes), 'pattern', DEAD_LETTER_REASON, DEAD_LETTER_DETAILS]),
    );
  });

  it('stays on its queue when the error is permanent and there is no dead-letter queue', async () => {
    const { topology, queue } = jobs({ deadLetter: false });
    const { Worker, attempts } = worker(({ receiveCount }) => {
      if (receiveCount < 2) throw new PermanentError('nowhere to go');
    });
    const { client } = await start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', {});
    await waitFor(() => attempts.length === 2);
    await bench.stack.emptied(queue);
    expect(attempts.map(({ receiveCount }) => receiveCount)).toEqual([1, 2]);
  });

  it('is deleted when the policy for permanent errors is to discard', async () => {
    const { topology, queue } = jobs();
    const { Worker, attempts } = worker(() => {
      throw new PermanentError('no use');
    });
    const { client } = await start({
      topology,
      controllers: [Worker],
      server: { onPermanentError: 'discard' },
    });
    await emit(client, 'job.run', {});
    await waitFor(() => attempts.length === 1);
    await bench.stack.emptied(queue);
    expect(await bench.stack.depth(`${queue}-dlq`)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('is redelivered when one of several handlers of its pattern fails, and all of them have run', async () => {
    const { topology, queue } = jobs();
    const { Worker: First, attempts: first } = worker(({ receiveCount }) => {
      if (receiveCount === 1) throw new Error('the first one fails once');
    });
    const { Worker: Second, attempts: second } = worker(() => undefined);
    const { client } = await start({ topology, controllers: [First, Second] });
    await emit(client, 'job.run', {});
    await waitFor(() => first.length === 2 && second.length === 2);
    await bench.stack.emptied(queue);
    expect([...first, ...second].map(({ receiveCount }) => receiveCount)).toEqual([1, 2, 1, 2]);
  });

  it('is retried for a caller who waits, when the error asks for it', async () => {
    let runs = 0;
    @Controller()
    class Flaky {
      @OnRequest('job.ask')
      ask(): string {
        runs += 1;
        if (runs === 1) throw new RetryableError('the database is away');
        return `answered in run ${runs}`;
      }
    }
    const { topology } = jobs();
    const { client } = await start({ topology, controllers: [Flaky] });
    expect(await firstValueFrom(client.send('job.ask', {}))).toBe('answered in run 2');
  });
});

describe('a message nobody can read', () => {
  it.each([
    ['not JSON', 'hello', { pattern: 'job.run' }, 'not JSON'],
    ['JSON that names no pattern', '[1,2]', {}, 'names no pattern'],
    ['an unknown pattern', '{}', { pattern: 'job.unknown' }, 'No handler'],
    ['a pattern the queue does not carry', '{}', { pattern: 'other.run' }, 'No handler'],
    [
      'a claim-check without a payload bucket',
      '["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"b","s3Key":"k"}]',
      { pattern: 'job.run' },
      'no payload bucket',
    ],
  ])(
    '(%s) goes to the dead-letter queue with the reason, and the next one is handled',
    async (_what, body, attributes, reason) => {
      const { topology, queue } = jobs();
      const { Worker, attempts } = worker(() => undefined);
      const { client } = await start({ topology, controllers: [Worker] });
      await bench.stack.put(queue, body, attributes);
      await emit(client, 'job.run', { next: true });
      const copy = await bench.stack.take(`${queue}-dlq`);
      expect(copy.Body).toBe(body);
      expect(copy.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue).toContain(reason);
      await waitFor(() => attempts.length === 1);
      expect(attempts[0]?.data).toEqual({ next: true });
      await bench.stack.emptied(queue);
    },
  );
});

describe('leases', () => {
  it('a handler that runs longer than the visibility timeout keeps its message under heartbeat', async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 1 });
    const held = gate();
    const { Worker, attempts } = worker(() => held.opened);
    const { client } = await start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', {});
    await waitFor(() => attempts.length === 1);
    const until = Date.now() + 2500;
    await waitFor(() => Date.now() > until);
    expect(await bench.stack.depth(queue)).toEqual({ visible: 0, inFlight: 1 });
    held.open();
    await bench.stack.emptied(queue);
    expect(attempts).toHaveLength(1);
  });

  it('past the longest lease the handler is told by its signal, and its message is not acknowledged', async () => {
    const { topology } = jobs({ visibilityTimeoutS: 1 });
    const lost: string[] = [];
    const { Worker, attempts } = worker(async ({ receiveCount }, { signal }) => {
      if (receiveCount > 1) return;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    });
    const observer: TransportObserver = { leaseLost: (queue) => void lost.push(queue) };
    const { client } = await start({
      topology,
      controllers: [Worker],
      server: { maxLeaseMs: 1, observer },
    });
    await emit(client, 'job.run', {});
    await waitFor(() => attempts.length === 2);
    // A copy that comes before the handler has ended is not started: it is the next one then.
    expect(attempts[1]?.receiveCount).toBeGreaterThan(1);
    expect(lost.length).toBeGreaterThan(0);
  });

  it('takes no more messages than its concurrency allows, and the rest as capacity comes free', async () => {
    const { topology, queue } = jobs();
    const held = gate();
    const { Worker, attempts } = worker(() => held.opened);
    const { client, server } = await start({
      topology,
      controllers: [Worker],
      server: { concurrency: 3 },
    });
    await Promise.all(Array.from({ length: 8 }, (_, n) => emit(client, 'job.run', { n })));
    await waitFor(() => attempts.length === 3);
    expect(await bench.stack.depth(queue)).toEqual({ visible: 5, inFlight: 3 });
    expect(server.health()).toMatchObject([{ queue, inFlight: 3, state: 'running' }]);
    server.setConcurrency(queue, 5);
    await waitFor(() => attempts.length === 5);
    held.open();
    await waitFor(() => attempts.length === 8);
    await bench.stack.emptied(queue);
  });

  it('a queue whose every pool slot is held by a handler past its lease is stalled, says so once, and goes on when one ends', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const { topology, queue } = jobs({ visibilityTimeoutS: 1 });
    const held = gate();
    const { Worker, attempts } = worker(({ receiveCount }) =>
      attempts.length <= 2 && receiveCount === 1 ? held.opened : undefined,
    );
    const { client, server } = await start({
      topology,
      controllers: [Worker],
      server: { concurrency: 2, maxLeaseMs: 1 },
    });
    await emit(client, 'job.run', { n: 1 });
    await waitFor(() => attempts.length === 1);
    await emit(client, 'job.run', { n: 2 });
    await waitFor(() => server.health()[0]?.state === 'stalled');
    expect(attempts.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(server.health()).toEqual([
      {
        queue,
        inFlight: 2,
        state: 'stalled',
        reason: expect.stringContaining('every pool slot is held by a handler that has not ended'),
      },
    ]);
    const said = warned.mock.calls.filter(([text]) => String(text).includes('is stalled'));
    warned.mockRestore();
    expect(said).toHaveLength(1);
    held.open();
    await bench.stack.emptied(queue);
    expect(server.health()).toMatchObject([{ state: 'running' }]);
  });

  it('a paused queue is not received from until it is resumed', async () => {
    const { topology, queue } = jobs();
    const { Worker, attempts } = worker(() => undefined);
    const { client, server } = await start({ topology, controllers: [Worker] });
    await server.pause(queue);
    expect(server.health()).toMatchObject([{ queue, state: 'paused' }]);
    await emit(client, 'job.run', {});
    expect(await bench.stack.depth(queue)).toEqual({ visible: 1, inFlight: 0 });
    server.resume(queue);
    await waitFor(() => attempts.length === 1);
  });
});

describe('shutdown', () => {
  it('lets the running handler end, acknowledges it, and leaves nothing invisible', async () => {
    const { topology, queue } = jobs();
    const held = gate();
    let ended = false;
    const { Worker, attempts } = worker(async () => {
      await held.opened;
      ended = true;
    });
    const { client, server } = await start({
      topology,
      controllers: [Worker],
      server: { concurrency: 1 },
    });
    await emit(client, 'job.run', { n: 1 });
    await emit(client, 'job.run', { n: 2 });
    await waitFor(() => attempts.length === 1);
    const closing = server.close();
    held.open();
    await closing;
    expect(ended).toBe(true);
    expect(await bench.stack.depth(queue)).toEqual({ visible: 1, inFlight: 0 });
    expect(attempts).toHaveLength(1);
  });

  it('keeps the lease of a handler that is still running when it closes', async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 1 });
    const held = gate();
    const { Worker, attempts } = worker(() => held.opened);
    const { client, server } = await start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', {});
    await waitFor(() => attempts.length === 1);
    const receivedMs = Date.now();
    const closing = server.close();
    // Its visibility timeout would have ended twice by then.
    await waitFor(() => Date.now() - receivedMs > 2500);
    expect(await bench.stack.depth(queue)).toEqual({ visible: 0, inFlight: 1 });
    held.open();
    await closing;
    expect(attempts).toHaveLength(1);
    expect(await bench.stack.depth(queue)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('gives up on a handler that does not end in time; its message is redelivered', async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 1 });
    const { Worker, attempts } = worker(({ receiveCount }) =>
      receiveCount === 1 ? new Promise<void>(() => undefined) : undefined,
    );
    const options = { topology, controllers: [Worker], server: { drainTimeoutMs: 100 } };
    const first = await start(options);
    const { client, server } = first;
    await emit(client, 'job.run', {});
    await waitFor(() => attempts.length === 1);
    await server.close();
    await first.close();
    await start(options);
    await waitFor(() => attempts.length === 2);
    await bench.stack.emptied(queue);
    expect(attempts.map(({ receiveCount }) => receiveCount)).toEqual([1, 2]);
  });

  it('a message received while closing is shown to others at once', async () => {
    const { topology, queue } = jobs({ visibilityTimeoutS: 30 });
    const { Worker, attempts } = worker(() => undefined);
    const { server } = await start({ topology, controllers: [Worker] });
    const closing = server.close();
    await bench.stack.put(queue, '{}', { pattern: 'job.run' });
    await closing;
    expect(await bench.stack.depth(queue)).toEqual({ visible: 1, inFlight: 0 });
    expect(attempts).toHaveLength(0);
  });
});

const fifoJobs = () => jobs({ name: `${unique('jobs')}.fifo` });

describe('FIFO', () => {
  it('a group is handled in the order it was sent, groups side by side', async () => {
    const { topology, queue } = fifoJobs();
    const { Worker, attempts } = worker(() => undefined);
    const { client } = await start({ topology, controllers: [Worker] });
    const sent = Array.from({ length: 30 }, (_, n) => ({ group: `g${n % 3}`, n }));
    for (const data of sent) client.emit('job.run', record(data).withGroup(data.group).build());
    await waitFor(() => attempts.length === 30, { timeoutMs: 20_000 });
    for (const group of ['g0', 'g1', 'g2']) {
      const inOrder = (list: readonly unknown[]): unknown[] =>
        list.filter((data) => (data as { group: string }).group === group);
      expect(inOrder(attempts.map(({ data }) => data))).toEqual(inOrder(sent));
    }
    await bench.stack.emptied(queue);
  });

  it('a message that fails blocks its group until it succeeds, and no other group', async () => {
    const { topology } = fifoJobs();
    const { Worker, attempts } = worker(({ data, receiveCount }) => {
      if ((data as { n: number }).n === 0 && receiveCount < 3) throw new Error('head fails');
    });
    const { client } = await start({ topology, controllers: [Worker] });
    for (const n of [0, 1, 2])
      client.emit('job.run', record({ group: 'a', n }).withGroup('a').build());
    client.emit('job.run', record({ group: 'b', n: 9 }).withGroup('b').build());
    await waitFor(() => attempts.length === 6, { timeoutMs: 20_000 });
    expect(attempts.map(({ data }) => (data as { n: number }).n).filter((n) => n !== 9)).toEqual([
      0, 0, 0, 1, 2,
    ]);
  });

  it('a record without a group is refused before anything is sent', async () => {
    const { topology } = fifoJobs();
    const { client } = await start({ topology, controllers: [worker(() => undefined).Worker] });
    await expect(emit(client, 'job.run', {})).rejects.toMatchObject({
      code: 'WEFT_INVALID_RECORD',
    });
  });
});

describe('answers', () => {
  @Controller()
  class Echo {
    @OnRequest('job.echo')
    echo(@Payload() data: unknown): unknown {
      handled.push(data);
      return data;
    }
  }
  const handled: unknown[] = [];
  afterEach(() => void handled.splice(0));

  it('text of every kind comes back as it was sent', async () => {
    const { topology } = jobs();
    const { client } = await start({ topology, controllers: [Echo] });
    const data = { text: 'ñ 漢字 😀 \u0000 \ufffe \u2028 "quoted"', list: [null, 1.5, true] };
    expect(await firstValueFrom(client.send('job.echo', data))).toEqual(data);
  });

  it.each([
    [
      'another account',
      'https://sqs.eu-west-1.amazonaws.com/999999999999/weft-replies-x?request=r&timeout=60000',
    ],
    ['a queue that is no reply queue', undefined],
    ['no URL at all', 'weft-replies-x'],
  ])('none is sent to %s, and the request is handled all the same', async (_what, address) => {
    const { topology, queue } = jobs();
    await start({ topology, controllers: [Echo] });
    const target = address ?? `${await bench.stack.queueUrl(queue)}?request=r&timeout=60000`;
    await bench.stack.put(queue, '{}', { pattern: 'job.echo', replyTo: target });
    await waitFor(() => handled.length === 1);
    await bench.stack.emptied(queue);
    expect(await bench.stack.depth(queue)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('a request whose caller has stopped waiting is not handled', async () => {
    const { topology, queue } = jobs();
    let expired = 0;
    await bindTopology(topology, bench.stack.aws, 'create');
    const folder = (await bench.stack.queueUrl(queue)).replace(/[^/]+$/, '');
    await bench.stack.put(queue, '{}', {
      pattern: 'job.echo',
      replyTo: `${folder}weft-replies-${randomUUID()}?request=r&timeout=0`,
    });
    // A start takes longer than the caller waits.
    await start({
      topology,
      controllers: [Echo],
      server: { observer: { requestExpired: () => (expired += 1) } },
    });
    await bench.stack.emptied(queue);
    expect(expired).toBe(1);
    expect(handled).toEqual([]);
  });

  it('come to a queue of the caller’s process, which keeps them for a minute and says whose it is', async () => {
    const { topology } = jobs();
    const prefix = `${unique('replies')}-`;
    const { client } = await start({
      topology,
      controllers: [Echo],
      server: { replyQueuePrefix: prefix },
      client: { replyQueuePrefix: prefix },
    });
    expect(await firstValueFrom(client.send('job.echo', 1))).toBe(1);
    const { sqs } = bench.stack.aws;
    const list = async (): Promise<string[]> =>
      (await sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix }))).QueueUrls ?? [];
    const [url = '', ...others] = await list();
    expect(others).toEqual([]);
    const { Attributes: attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );
    expect(attributes).toMatchObject({ MessageRetentionPeriod: '60' });
    const { Tags: tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
    expect(Object.keys(tags ?? {})).toEqual(['weft:owner', 'weft:last-seen', 'weft:alive-s']);
    await client.close();
    expect(await list()).toEqual([]);
  });

  it('a vanished reply queue does not run the handler again', async () => {
    const { topology, queue } = jobs();
    await start({ topology, controllers: [Echo] });
    const folder = (await bench.stack.queueUrl(queue)).replace(/[^/]+$/, '');
    const address = `${folder}weft-replies-${randomUUID()}?request=r&timeout=60000`;
    await bench.stack.put(queue, '{}', { pattern: 'job.echo', replyTo: address });
    await bench.stack.emptied(queue);
    expect(handled).toEqual([{}]);
  });
});
