import {
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  UnsubscribeCommand,
  type Subscription,
} from '@aws-sdk/client-sns';
import {
  DeleteQueueCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import { Controller, type Type } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import {
  DEAD_LETTER_REASON,
  defineTopology,
  MemoryIdempotencyStore,
  OnEvent,
  OnRequest,
  PermanentError,
  record,
  SnsSqsServer,
  type SnsSqsClient,
  type Topology,
  type TransportObserver,
} from '../../../src/transport/index.js';
import { AwsClients } from '../../../src/aws/index.js';
import type { QueueDeclaration } from '../../../src/transport/topology/index.js';
import { SqsEventSource } from '../../../src/transport/lambda/sqs-event.source.js';
import { brokerOf } from '../../../src/transport/broker/broker-of.js';
import {
  ALIVE_TAG,
  processQueueNames,
} from '../../../src/transport/process-queue/process-queue.names.js';
import { deleteOrphanedQueues } from '../../../src/transport/process-queue/delete-orphans.js';
import { Broadcasts } from '../../../src/transport/server/broadcast/broadcasts.js';
import {
  FakeClock,
  Fault,
  faults,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from '../../../src/testing/index.js';
import { internalsOf } from '../../../src/transport/server/server.internals.js';
import { bindTopology } from '../../../src/transport/topology/index.js';
import { Bench } from '../../support/bench.js';
import { unique } from '../../support/transport.js';
import { waitFor, waitForCount } from '../../support/wait.js';

const MINUTE = 60_000;

const bench = new Bench();

interface Declared {
  readonly topic: string;
  readonly name: string;
  readonly topology: Topology;
}

function declare(declaration: Partial<QueueDeclaration> = {}, fifo = ''): Declared {
  const [topic, name] = [`${unique('settings')}${fifo}`, `${unique('changes')}${fifo}`];
  return {
    topic,
    name,
    topology: defineTopology({
      topics: [{ name: topic }],
      queues: [
        { name, patterns: ['setting.*'], from: [{ topic }], broadcast: true, ...declaration },
      ],
      routes: [{ patterns: ['setting.*'], topic }],
    }),
  };
}

/** A controller that notes what it hears. */
function listener(hear: (data: unknown) => unknown = () => undefined): {
  readonly Listener: Type;
  readonly heard: unknown[];
} {
  const heard: unknown[] = [];
  @Controller()
  class Listener {
    @OnEvent('setting.changed')
    changed(data: object): unknown {
      heard.push(data);
      return hear(data);
    }
  }
  return { Listener, heard };
}

const emit = (client: SnsSqsClient, data: unknown): Promise<unknown> =>
  lastValueFrom(client.emit('setting.changed', data), { defaultValue: undefined });

async function queuesOf(name: string): Promise<string[]> {
  const { QueueUrls: urls = [] } = await bench.stack.aws.sqs.send(
    new ListQueuesCommand({ QueueNamePrefix: `${name.replace('.fifo', '')}-` }),
  );
  return urls.map((url) => url.split('/').at(-1) ?? '');
}

/** A process that hears a broadcast: its own queue, and what it has created or subscribed again. */
async function startListening(server: { readonly clock?: FakeClock } = {}) {
  const declared = declare();
  const restored: string[] = [];
  const observer: TransportObserver = {
    queueRestored: ({ queue }) => void restored.push(queue),
  };
  const { Listener, heard } = listener();
  const started = await bench.start({
    topology: declared.topology,
    controllers: [Listener],
    server: { ...server, observer },
  });
  const [own = ''] = await queuesOf(declared.name);
  return { ...declared, ...started, own, heard, restored };
}

async function subscriptionsOf(topic: string): Promise<Subscription[]> {
  const { Topics: topics = [] } = await bench.stack.aws.sns.send(new ListTopicsCommand({}));
  const arn = topics.find(({ TopicArn = '' }) => TopicArn.endsWith(`:${topic}`))?.TopicArn;
  const { Subscriptions: found = [] } = await bench.stack.aws.sns.send(
    new ListSubscriptionsByTopicCommand({ TopicArn: arn }),
  );
  return found;
}

const subscribersOf = async (topic: string): Promise<string[]> =>
  (await subscriptionsOf(topic)).map(
    ({ Endpoint: endpoint = '' }) => endpoint.split(':').at(-1) ?? '',
  );

async function tagsOf(queue: string): Promise<Record<string, string>> {
  const { Tags: tags = {} } = await bench.stack.aws.sqs.send(
    new ListQueueTagsCommand({ QueueUrl: await bench.stack.queueUrl(queue) }),
  );
  return tags;
}

/** What a process that was killed has left. */
async function leaveBehind({ topology, name }: Declared): Promise<string> {
  const bound = await bindTopology(topology, bench.stack.aws, 'create');
  const clock = new FakeClock();
  const { url } = await new Broadcasts(brokerOf(bench.stack.aws), clock, undefined).open(
    bound.broadcast(name),
  );
  return url.split('/').at(-1) ?? '';
}

describe('a broadcast', () => {
  it('is known by its declared name, and can be paused like any queue', async () => {
    const { topology, name } = declare();
    const { Listener, heard } = listener();
    const { client, server } = await bench.start({ topology, controllers: [Listener] });
    expect(server.health()).toEqual([{ queue: name, inFlight: 0, state: 'running' }]);
    const paused = server.pause(name);
    bench.stack.endLongPolls();
    await paused;
    expect(server.health()).toEqual([{ queue: name, inFlight: 0, state: 'paused' }]);
    await emit(client, { n: 1 });
    expect(heard).toEqual([]);
    server.resume(name);
    await waitForCount('messages heard', () => heard, 1);
  });

  it('keeps the order of a group on a FIFO topic', async () => {
    const { topology, name } = declare({}, '.fifo');
    const { Listener, heard } = listener();
    const { client } = await bench.start({ topology, controllers: [Listener] });
    expect(await queuesOf(name)).toEqual([
      expect.stringMatching(new RegExp(`^${name.replace('.fifo', '-[0-9a-f]{16}.fifo')}$`)),
    ]);
    for (const n of [1, 2, 3]) await emit(client, record({ n }).withGroup('one').build());
    await waitForCount('messages heard', () => heard, 3);
    expect(heard).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('is handled once in each process where they share an idempotency store', async () => {
    const { topology } = declare();
    const store = new MemoryIdempotencyStore();
    const [one, other] = [listener(), listener()];
    const server = { idempotency: { store } };
    const { client } = await bench.start({ topology, controllers: [one.Listener], server });
    await bench.start({ topology, controllers: [other.Listener], server });
    await emit(client, { n: 1 });
    await Promise.all(
      [one, other].map(({ heard }) => waitForCount('messages heard', () => heard, 1)),
    );
    expect([one.heard, other.heard]).toEqual([[{ n: 1 }], [{ n: 1 }]]);
  });

  it.each(['verify', 'off'] as const)(
    'has its queue made where topics may only be looked up (%s)',
    async (provision) => {
      const { topology, name } = declare();
      await bindTopology(topology, bench.stack.aws, 'create');
      expect(await queuesOf(name)).toEqual([]);
      const { Listener, heard } = listener();
      const { client } = await bench.start({
        topology,
        controllers: [Listener],
        server: { provision },
      });
      await emit(client, { n: 1 });
      await waitForCount('messages heard', () => heard, 1);
    },
  );
});

/** Holds calls back, as a process that stands still does. */
class Held extends Fault {
  readonly #go = Promise.withResolvers<void>();

  override async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    if (this.strikes()) await this.#go.promise;
    return forward(request);
  }

  goOn(): void {
    this.#go.resolve();
  }
}

/** What SQS answers who makes a queue of a name that it has just deleted. */
class NameKept extends Fault {
  /** How often. */
  left = 0;

  constructor() {
    super({ on: ['CreateQueue'] });
  }

  override async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    if (this.left === 0) return forward(request);
    this.left -= 1;
    return {
      status: 400,
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: Buffer.from('{"__type":"com.amazonaws.sqs#QueueDeletedRecently"}'),
    };
  }
}

const refuse = (): never => {
  throw new PermanentError('no such setting');
};

describe('a message of a broadcast that can never be handled', () => {
  it('is kept where a dead-letter queue is declared, which all processes share', async () => {
    const { topology, name } = declare({ deadLetter: {} });
    const { Listener } = listener(refuse);
    const { client } = await bench.start({ topology, controllers: [Listener] });
    await emit(client, { n: 1 });
    const { MessageAttributes: attributes } = await bench.stack.take(`${name}-dlq`);
    expect(attributes?.[DEAD_LETTER_REASON]?.StringValue).toBe('no such setting');
  });

  it('is redelivered when the server retries permanent errors', async () => {
    const { topology } = declare();
    let failures = 0;
    const { Listener, heard } = listener(() => {
      if (failures++ === 0) refuse();
    });
    const server = { onPermanentError: 'retry' } as const;
    const { client } = await bench.start({ topology, controllers: [Listener], server });
    await emit(client, { n: 1 });
    await waitForCount('messages heard', () => heard, 2);
    expect(failures).toBe(2);
  });
});

describe('the queue of a process', () => {
  it('is deleted also when a handler does not end', async () => {
    const { topology, name, topic } = declare();
    const { Listener, heard } = listener(() => new Promise(() => undefined));
    const server = { drainTimeoutMs: 1 };
    const service = await bench.start({ topology, controllers: [Listener], server });
    await emit(service.client, { n: 1 });
    await waitForCount('messages heard', () => heard, 1);
    await service.close();
    expect([await queuesOf(name), await subscribersOf(topic)]).toEqual([[], []]);
  });

  it('is not made again by a poll that is still open when the drain is over', async () => {
    const { topology, name } = declare();
    // Each poll arrives when its queue is deleted already.
    const late = await bench.stack.proxy(
      faults.delay({ minMs: 1000, maxMs: 1000 }, { on: ['ReceiveMessage'] }),
    );
    const aws = new AwsClients(late.clientOptions());
    const service = await bench.start({
      topology,
      controllers: [listener().Listener],
      server: { aws, drainTimeoutMs: 1 },
    });
    const polls = service.server.pause(name);
    await service.server.close();
    await polls;
    expect(await queuesOf(name)).toEqual([]);
    await service.close();
    aws.destroy();
  });

  it('is deleted when the server closes while it starts', async () => {
    const { topology, name, topic } = declare();
    await bindTopology(topology, bench.stack.aws, 'create');
    const slow = await bench.stack.proxy(
      faults.delay({ minMs: 500, maxMs: 500 }, { on: ['Subscribe'] }),
    );
    const server = new SnsSqsServer({ topology, aws: slow.clientOptions(), waitTimeS: 1 });
    server.addHandler('setting.changed', () => Promise.resolve(), true);
    const listening = new Promise((resolve) => server.listen(resolve));
    await waitFor('its queue', async () => (await queuesOf(name)).length === 1);
    await server.close();
    await listening;
    expect([await queuesOf(name), await subscribersOf(topic)]).toEqual([[], []]);
  });

  it('is swept with its subscription once its process is silent for half an hour', async () => {
    const declared = declare();
    const { topology, name, topic } = declared;
    const left = await leaveBehind(declared);
    const { Listener } = listener();
    // By SQS's clock the queue was made just now; its owner was last there so long before.
    const lastSeenBefore = async (ms: number): Promise<void> => {
      const QueueUrl = await bench.stack.queueUrl(left);
      const Tags = { [ALIVE_TAG]: String(-ms / 1000) };
      await bench.stack.aws.sqs.send(new TagQueueCommand({ QueueUrl, Tags }));
      await bench.start({ topology, controllers: [Listener] });
    };

    await lastSeenBefore(29 * MINUTE);
    expect(await queuesOf(name)).toContain(left);
    await lastSeenBefore(31 * MINUTE);
    await waitFor('the subscription to end', () => subscribersOf(topic), {
      until: (subscribers) => !subscribers.includes(left),
    });
    expect(await queuesOf(name)).not.toContain(left);
    expect(await subscribersOf(topic)).toHaveLength(2);
  });

  it('is not swept while its process lives, however long', async () => {
    const { topology, name } = declare();
    const clock = new FakeClock();
    const { Listener } = listener();
    await bench.start({ topology, controllers: [Listener], server: { clock } });
    const [own = ''] = await queuesOf(name);
    await clock.advance(95 * MINUTE);
    await waitFor('the tag to say 90 minutes', async () => (await tagsOf(own))[ALIVE_TAG], {
      until: (aliveS) => aliveS === String(90 * 60),
    });
    const sqsNow = Date.now() + 95 * MINUTE;
    const names = processQueueNames(name);
    const { signal } = new AbortController();
    expect(
      await deleteOrphanedQueues({
        queues: brokerOf(bench.stack.aws).queues,
        names,
        nowMs: () => Promise.resolve(sqsNow),
        signal,
      }),
    ).toEqual([]);
  });

  it('is subscribed again when its subscription was deleted, which is counted', async () => {
    const clock = new FakeClock();
    const { client, name, topic, own, heard, restored } = await startListening({ clock });
    await clock.advance(10 * MINUTE);
    expect(restored).toEqual([]);
    for (const { SubscriptionArn } of await subscriptionsOf(topic))
      await bench.stack.aws.sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    await clock.advance(10 * MINUTE);
    await waitForCount('queues subscribed again', () => restored, 1);
    expect([restored, await subscribersOf(topic)]).toEqual([[name], [own]]);
    await emit(client, { n: 1 });
    await waitForCount('messages heard', () => heard, 1);
  });

  it('is created again when it was deleted, which is counted', async () => {
    const { client, server, name, topic, own, heard, restored } = await startListening();
    await bench.stack.aws.sqs.send(
      new DeleteQueueCommand({ QueueUrl: await bench.stack.queueUrl(own) }),
    );
    bench.stack.endLongPolls();
    await waitForCount('queues made again', () => restored, 1);
    expect(restored).toEqual([name]);
    expect([await queuesOf(name), await subscribersOf(topic)]).toEqual([[own], [own]]);
    await emit(client, { n: 1 });
    await waitForCount('messages heard', () => heard, 1);
    expect(server.health()).toMatchObject([{ state: 'running' }]);
  });
});

describe('a process that stands still while it sweeps', () => {
  it('leaves the subscription of a queue that its owner has made again meanwhile', async () => {
    const { client, topology, topic, own, heard, restored } = await startListening();
    await bench.stack.aws.sqs.send(
      new TagQueueCommand({
        QueueUrl: await bench.stack.queueUrl(own),
        Tags: { [ALIVE_TAG]: String((-31 * MINUTE) / 1000) },
      }),
    );
    const held = new Held({ on: ['ListSubscriptionsByTopic'] });
    const proxy = await bench.stack.proxy(held);
    const sweeper = await bench.start({
      topology,
      controllers: [listener().Listener],
      server: { aws: proxy.clientOptions() },
    });
    await waitFor('the sweeper to ask for its subscription', () => held.struck === 1);
    bench.stack.endLongPolls();
    await waitForCount('queues made again', () => restored, 1);
    held.goOn();
    await sweeper.close();
    expect(await subscribersOf(topic)).toEqual([own]);
    await emit(client, { n: 1 });
    await waitForCount('messages heard', () => heard, 1);
  });
});

describe('a queue that is gone', () => {
  it('is down for as long as SQS keeps its name, and asked for again', async () => {
    const { topology, name } = declare();
    const kept = new NameKept();
    const proxy = await bench.stack.proxy(kept);
    const aws = new AwsClients(proxy.clientOptions());
    const clock = new FakeClock();
    const { Listener, heard } = listener();
    const { client, server } = await bench.start({
      topology,
      controllers: [Listener],
      server: { aws, clock },
    });
    const [own = ''] = await queuesOf(name);
    kept.left = 2;
    await bench.stack.aws.sqs.send(
      new DeleteQueueCommand({ QueueUrl: await bench.stack.queueUrl(own) }),
    );
    bench.stack.endLongPolls();
    await waitFor('the queue to be down', () => server.health()[0]?.state, {
      until: (state) => state === 'down',
    });
    expect(server.health()).toMatchObject([
      { reason: expect.stringContaining('cannot be created again yet: QueueDeletedRecently') },
    ]);
    await waitFor(
      'the queue to be received from again',
      async () => {
        await clock.advance(15_000);
        return server.health()[0]?.state;
      },
      { until: (state) => state === 'running' },
    );
    expect([kept.left, await queuesOf(name)]).toEqual([0, [own]]);
    await emit(client, { n: 1 });
    await waitForCount('messages heard', () => heard, 1);
    await server.close();
    aws.destroy();
  });
});

describe('at start', () => {
  it('a request handler on a broadcast is refused: every process would answer', async () => {
    @Controller()
    class Asked {
      @OnRequest('setting.get')
      get(): number {
        return 1;
      }
    }
    const { topology, name } = declare();
    await expect(bench.start({ topology, controllers: [Asked] })).rejects.toMatchObject({
      code: 'WEFT_TOPOLOGY',
      message: expect.stringContaining(
        `"setting.get" (Asked.get): takes requests, which every process would answer, as ${name} is a broadcast`,
      ),
    });
  });

  it.each([
    ['CreateQueue', 'sqs:CreateQueue and sqs:TagQueue'],
    ['Subscribe', 'sns:Subscribe'],
  ])('the right that is missing for %s is named, and nothing is left behind', async (on, right) => {
    const { topology, name } = declare();
    await bindTopology(topology, bench.stack.aws, 'create');
    const proxy = await bench.stack.proxy(faults.serverError({ on: [on], status: 403 }));
    const failure = bench.start({
      topology,
      controllers: [listener().Listener],
      server: { aws: proxy.clientOptions(), provision: 'verify' },
    });
    await expect(failure).rejects.toMatchObject({
      code: 'WEFT_TOPOLOGY',
      message: expect.stringContaining(`Grant the process ${right}`),
    });
    expect(await queuesOf(name)).toEqual([]);
  });

  it('a queue that is not known everywhere at once is waited for', async () => {
    const { topology } = declare();
    await bindTopology(topology, bench.stack.aws, 'create');
    const late = faults.serverError({ on: ['GetQueueAttributes'], status: 404, times: 1 });
    const proxy = await bench.stack.proxy(late);
    const server = { aws: proxy.clientOptions() };
    const { Listener, heard } = listener();
    const { client } = await bench.start({ topology, controllers: [Listener], server });
    await emit(client, { n: 1 });
    await waitForCount('messages heard', () => heard, 1);
    expect(late.struck).toBe(1);
  });

  it('a broadcast is left out on Lambda', async () => {
    const { topology, name } = declare();
    const server = new SnsSqsServer({ topology, aws: bench.stack.aws, provision: 'create' });
    server.addHandler('setting.changed', () => Promise.resolve(), true);
    internalsOf(server).makeQueuesBy(new SqsEventSource());
    const failure = await new Promise((resolve) => server.listen(resolve));
    expect(failure).toBeUndefined();
    expect(await queuesOf(name)).toEqual([]);
    await server.close();
  });
});
