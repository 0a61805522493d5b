import { ListSubscriptionsByTopicCommand, ListTopicsCommand } from '@aws-sdk/client-sns';
import { ListQueuesCommand, TagQueueCommand } from '@aws-sdk/client-sqs';
import { afterEach, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import { defineTopology, SnsSqsClient } from '../../../src/transport/index.js';
import { ALIVE_TAG } from '../../../src/transport/process-queue/process-queue.names.js';
import { forkScript } from '../../faults/fork-script.js';
import { Bench } from '../../support/bench.js';
import { TestStack, unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import type { ListenerNews } from './broadcast-listener.child.js';

const LEASE_S = 2;
const STOPS = 2;
/** An open poll of a stopped process receives a message too, once a lease, and a busy machine stops it for many leases. */
const MAX_RECEIVES = 1000;
const EVENTS = 60;
const bench = new Bench(() => TestStack.start({ embedded: true }));

/** A process that hears a broadcast, and what it has said. */
class Listener {
  readonly heard = new Map<number, number>();
  readonly logs: string[] = [];
  restored = 0;
  ready = false;
  readonly #process: ChildProcess;

  constructor(topology: object) {
    this.#process = forkScript('test/e2e/transport/broadcast-listener.child.ts', [
      JSON.stringify(topology),
      JSON.stringify(bench.stack.clientOptions()),
    ]);
    this.#process.on('message', (news: ListenerNews) => {
      if (news === 'ready') this.ready = true;
      else if (news === 'restored') this.restored += 1;
      else if ('log' in news) this.logs.push(news.log);
      else this.heard.set(news.heard, (this.heard.get(news.heard) ?? 0) + 1);
    });
  }

  async started(): Promise<this> {
    await waitFor('the process to receive', () => this.ready);
    return this;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}

const listeners: Listener[] = [];
const listen = (topology: object): Promise<Listener> => {
  const listener = new Listener(topology);
  listeners.push(listener);
  return listener.started();
};

const clients: SnsSqsClient[] = [];
afterEach(async () => {
  for (const listener of listeners.splice(0)) listener.signal('SIGKILL');
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

/** A topic with a broadcast, and the client that publishes to it. */
async function broadcast() {
  const [topic, name] = [unique('settings'), unique('changes')];
  const topology = defineTopology({
    topics: [{ name: topic }],
    queues: [
      {
        name,
        patterns: ['setting.*'],
        from: [{ topic }],
        broadcast: true,
        visibilityTimeoutS: LEASE_S,
        deadLetter: { maxReceiveCount: MAX_RECEIVES },
      },
    ],
    routes: [{ patterns: ['setting.*'], topic }],
  });
  await bench.start({ topology, server: { consume: [] } });
  const client = new SnsSqsClient({ topology, aws: bench.stack.clientOptions(), provision: 'off' });
  clients.push(client);
  const emit = (n: number): Promise<unknown> =>
    lastValueFrom(client.emit('setting.changed', { n }), { defaultValue: undefined });
  return { topic, name, topology, emit };
}

async function queuesOf(name: string): Promise<string[]> {
  const { QueueUrls: urls = [] } = await bench.stack.aws.sqs.send(
    new ListQueuesCommand({ QueueNamePrefix: `${name}-` }),
  );
  return urls.map((url) => url.split('/').at(-1) ?? '').filter((one) => !one.endsWith('-dlq'));
}

async function subscribersOf(topic: string): Promise<string[]> {
  const { sns } = bench.stack.aws;
  const { Topics: topics = [] } = await sns.send(new ListTopicsCommand({}));
  const TopicArn = topics.find(({ TopicArn: arn = '' }) => arn.endsWith(`:${topic}`))?.TopicArn;
  const { Subscriptions: found = [] } = await sns.send(
    new ListSubscriptionsByTopicCommand({ TopicArn }),
  );
  return found.map(({ Endpoint: endpoint = '' }) => endpoint.split(':').at(-1) ?? '');
}

it('a process that stands still for twice its lease keeps its queue, hears everything, and nothing is dead-lettered', async () => {
  const { name, topology, emit } = await broadcast();
  const listener = await listen(topology);
  const [own = ''] = await queuesOf(name);
  let sent = 0;
  for (let stop = 1; stop <= STOPS; stop += 1) {
    const numbers = Array.from({ length: EVENTS }, () => (sent += 1));
    const emitting = Promise.all(numbers.map(emit));
    await waitFor('events to be in flight', () => listener.heard.size > sent - EVENTS);
    listener.signal('SIGSTOP');
    await emitting;
    // Another instance starts meanwhile, and looks for queues that were left behind.
    if (stop === 1) await listen(topology);
    await sleep(2 * LEASE_S * 1000);
    listener.signal('SIGCONT');
    await waitFor('every event to be heard', () => listener.heard.size === sent);
  }
  await bench.stack.emptied(own);
  expect(await queuesOf(name)).toContain(own);
  expect(await bench.stack.depth(`${name}-dlq`)).toEqual({ visible: 0, inFlight: 0 });
  expect(listener.restored).toBe(0);
});

it('a process that stands still until its queue is swept makes it again when it wakes, says so, and hears what comes then', async () => {
  const { name, topic, topology, emit } = await broadcast();
  const listener = await listen(topology);
  const [own = ''] = await queuesOf(name);
  await emit(1);
  await waitFor('the first event', () => listener.heard.has(1));
  listener.signal('SIGSTOP');
  await emit(2);
  const QueueUrl = await bench.stack.queueUrl(own);
  // By SQS's clock the queue was made just now; its owner was last there 31 minutes before.
  const Tags = { [ALIVE_TAG]: String(-31 * 60) };
  await bench.stack.aws.sqs.send(new TagQueueCommand({ QueueUrl, Tags }));
  const other = await listen(topology);
  await waitFor('the queue to be swept', async () => !(await queuesOf(name)).includes(own));
  await waitFor('its subscription to end', async () => !(await subscribersOf(topic)).includes(own));
  listener.signal('SIGCONT');
  await waitFor('the queue to be made again', () => listener.restored === 1);
  expect(listener.logs.filter((log) => log.startsWith('Per-process queue was deleted'))).toEqual([
    'Per-process queue was deleted and is created again: events published meanwhile are missed',
  ]);
  expect((await subscribersOf(topic)).filter((one) => one === own)).toHaveLength(1);
  await emit(3);
  await waitFor('the event to be heard by both', () => listener.heard.has(3) && other.heard.has(3));
  expect([...other.heard.keys()]).not.toContain(2);
});
