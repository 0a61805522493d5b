import { ListSubscriptionsByTopicCommand } from '@aws-sdk/client-sns';
import { DeleteQueueCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from '@jest/globals';
import { defineTopology, PermanentError, type Topology } from '../../../src/transport/index.js';
import { MessageSpy } from '../../../src/testing/index.js';
import { bindTopology } from '../../../src/transport/topology/index.js';
import { unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import { shows } from '../engine.js';
import { Bench, emit, worker } from './harness.js';

const bench = new Bench();

function declare(): { readonly name: string; readonly topology: Topology } {
  const [topic, name] = [unique('topic'), unique('changes')];
  return {
    name,
    topology: defineTopology({
      topics: [{ name: topic }],
      queues: [
        {
          name,
          patterns: ['job.*'],
          broadcast: true,
          from: [{ topic, filterPolicy: { pattern: [{ prefix: 'job.' }] } }],
        },
      ],
      routes: [{ patterns: ['job.*', 'other.*'], topic }],
    }),
  };
}

const lastPart = (text = ''): string => text.split(/[:/]/).at(-1) ?? '';

/** Queues of a broadcast, and those its topic sends to. */
async function left(
  name: string,
  topology: Topology,
): Promise<{ readonly queues: string[]; readonly subscribers: string[] }> {
  const { aws } = bench.stack;
  const { QueueUrls: urls = [] } = await aws.sqs.send(
    new ListQueuesCommand({ QueueNamePrefix: `${name}-` }),
  );
  const { topicArns } = await bindTopology(topology, aws, 'off');
  const { Subscriptions: subscriptions = [] } = await aws.sns.send(
    new ListSubscriptionsByTopicCommand({ TopicArn: [...topicArns.values()][0] }),
  );
  return {
    queues: urls.map(lastPart),
    subscribers: subscriptions.map(({ Endpoint: endpoint }) => lastPart(endpoint)),
  };
}

describe('Broadcasts', () => {
  shows('every process hears every event that its filter lets pass', ['sns'], async () => {
    const { topology } = declare();
    const [one, other] = [worker(), worker()];
    const { client } = await bench.start({ topology, controllers: [one.Worker] });
    await bench.start({ topology, controllers: [other.Worker] });
    await emit(client, 'other.thing', {});
    for (const n of [1, 2, 3]) await emit(client, 'job.run', { n });
    await Promise.all([one.attempted(3), other.attempted(3)]);
  });

  shows('what can never be handled is discarded', ['sns'], async () => {
    const { topology, name } = declare();
    const { Worker, attempts } = worker(() => {
      throw new PermanentError('never');
    });
    const observer = new MessageSpy();
    const { client } = await bench.start({
      topology,
      controllers: [Worker],
      server: { observer },
    });
    await emit(client, 'job.run', {});
    await observer.waitFor('job.run', ({ outcome }) => outcome === 'discarded');
    const [queue = ''] = (await left(name, topology)).queues;
    await bench.stack.emptied(queue);
    expect(attempts).toHaveLength(1);
  });

  shows('closing ends the subscription and deletes the queue', ['sns'], async () => {
    const { topology, name } = declare();
    const service = await bench.start({ topology, controllers: [worker().Worker] });
    const { queues, subscribers } = await left(name, topology);
    expect(queues).toHaveLength(1);
    expect(subscribers).toEqual(queues);
    await Promise.all([service.server.close(), service.close()]);
    await service.server.close();
    expect(await left(name, topology)).toEqual({ queues: [], subscribers: [] });
  });

  shows('a queue that somebody deleted is made again', ['sns'], async () => {
    const { topology, name } = declare();
    const restored: string[] = [];
    const { Worker, attempted } = worker();
    const { client } = await bench.start({
      topology,
      controllers: [Worker],
      server: { observer: { queueRestored: ({ queue }) => void restored.push(queue) } },
    });
    const [queue = ''] = (await left(name, topology)).queues;
    await bench.stack.aws.sqs.send(
      new DeleteQueueCommand({ QueueUrl: await bench.stack.queueUrl(queue) }),
    );
    bench.stack.endLongPolls();
    await waitFor('the queue to be made again', () => restored, {
      until: ({ length }) => length > 0,
    });
    expect(restored).toEqual([name]);
    await emit(client, 'job.run', {});
    await attempted(1);
  });
});
