import { ListSubscriptionsByTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AwsClients } from '../../../../src/aws/index.js';
import { TopologyError } from '../../../../src/transport/errors/index.js';
import { bindTopology, defineTopology } from '../../../../src/transport/topology/index.js';
import {
  Fault,
  type FaultOptions,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from '../../../../src/testing/index.js';
import { countCalls, TestStack, unique } from '../../../support/transport.js';

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start({ embedded: true });
});
afterAll(() => stack.stop());

const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
beforeEach(() => {
  log.mockClear();
  warn.mockClear();
});

const names = () => ({ topic: unique('orders'), queue: unique('billing') });

describe('bindTopology', () => {
  it('finds no difference in what it has created, and creating again changes nothing', async () => {
    const { topic, queue } = names();
    const topology = defineTopology({
      topics: [{ name: topic, tags: { team: 'a' }, encryption: { kmsKeyId: 'alias/orders' } }],
      queues: [
        {
          name: queue,
          patterns: ['order.*'],
          from: [{ topic, filterPolicy: { data: { n: [1] } }, filterPolicyScope: 'MessageBody' }],
          tags: { team: 'a' },
          encryption: 'sqs',
        },
      ],
      routes: [{ patterns: ['order.*'], topic }],
    });
    await bindTopology(topology, stack.aws, 'create');
    const counts = [stack.aws.sqs, stack.aws.sns].map((client) => countCalls(client));
    await bindTopology(topology, stack.aws, 'create');
    const calls = counts.flatMap((count) => count.ended());
    expect(calls).not.toEqual([]);
    expect(calls.filter((call) => !/^(Get|List)/.test(call))).toEqual([]);
    const bound = await bindTopology(topology, stack.aws, 'verify');
    expect(bound.queue(queue)).toMatchObject({ maxReceiveCount: 5, visibilityTimeoutS: 30 });
    expect(bound.destination('order.placed').address).toBe(bound.topicArns.get(topic));
  });

  it('sets the largest message a topic takes, and names it where it differs', async () => {
    const { topic } = names();
    const of = (maxMessageBytes: number) =>
      defineTopology({
        topics: [{ name: topic, maxMessageBytes }],
        routes: [{ patterns: ['order.*'], topic }],
      });
    await bindTopology(of(524_288), stack.aws, 'create');
    const bound = await bindTopology(of(524_288), stack.aws, 'verify');
    expect(bound.destination('order.placed')).toMatchObject({ maxMessageBytes: 524_288 });
    await expect(bindTopology(of(262_144), stack.aws, 'verify')).rejects.toThrow(
      `topic ${topic}: MaximumMessageSize is 524288, declared 262144`,
    );
  });

  it.each(['verify', 'off'] as const)(
    'names a missing topic beside whatever else is missing (%s)',
    async (mode) => {
      const { topic, queue } = names();
      const there = { name: queue, patterns: ['order.*'] };
      await bindTopology(defineTopology({ queues: [there] }), stack.aws, 'create');
      const topology = defineTopology({
        topics: [{ name: topic }],
        queues: [
          { ...there, from: [{ topic }] },
          { name: `${queue}-2`, patterns: ['x'], deadLetter: false },
        ],
      });
      const error: unknown = await bindTopology(topology, stack.aws, mode).catch(
        (cause: unknown) => cause,
      );
      expect(error).toBeInstanceOf(TopologyError);
      expect((error as TopologyError).details['differences']).toEqual([
        `topic ${topic} does not exist`,
        `queue ${queue}-2 does not exist`,
        ...(mode === 'verify'
          ? [
              `queue ${queue}: its policy does not let the topic ${topic} send to it`,
              `subscription of ${queue} to ${topic} does not exist`,
            ]
          : []),
      ]);
    },
  );
});

/** AWS refuses, as it writes it. */
class Refusal extends Fault {
  constructor(
    private readonly code: string,
    private readonly message: string,
    options: FaultOptions,
  ) {
    super(options);
  }

  override pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    if (!this.strikes()) return forward(request);
    const { code, message } = this;
    const json = (request.headers['content-type'] ?? '').includes('json');
    return Promise.resolve({
      status: 400,
      headers: { 'content-type': json ? 'application/x-amz-json-1.0' : 'text/xml' },
      body: Buffer.from(
        json
          ? JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message })
          : `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
      ),
    });
  }
}

describe('what AWS does not know yet', () => {
  const notYet = [
    [
      'a name that was deleted a moment ago',
      new Refusal('QueueDeletedRecently', 'wait', { on: ['CreateQueue'], times: 1 }),
      {
        queue: expect.any(String),
        reason: 'a queue of this name was deleted less than a minute ago',
      },
    ],
    [
      'a queue that was just made',
      new Refusal('QueueDoesNotExist', 'none', { on: ['GetQueueAttributes'], times: 1 }),
      { queue: expect.any(String), reason: 'it is new and not visible everywhere yet' },
    ],
    [
      'a dead-letter queue that was just made',
      new Refusal('InvalidParameterValue', 'Reason: Dead letter target does not exist.', {
        on: ['SetQueueAttributes'],
        times: 1,
      }),
      {
        queue: expect.any(String),
        reason: 'its dead-letter queue is new and not visible everywhere yet',
      },
    ],
    [
      'a topic that was just made',
      new Refusal('NotFound', 'Topic does not exist', { on: ['Subscribe'], times: 1 }),
      { topic: expect.any(String), reason: 'it is new and not visible everywhere yet' },
    ],
  ] as const;
  it.each(notYet)(
    'is retried until it is consistent, and the log says so: %s',
    async (_what, fault, said) => {
      const { topic, queue } = names();
      const proxy = await stack.proxy(fault);
      const aws = new AwsClients(proxy.clientOptions());
      const topology = defineTopology({
        topics: [{ name: topic }],
        queues: [{ name: queue, patterns: ['order.*'], from: [{ topic }] }],
      });
      await bindTopology(topology, aws, 'create');
      await bindTopology(topology, stack.aws, 'verify');
      expect(fault.struck).toBe(1);
      expect(warn.mock.calls).toEqual([
        ['AWS refuses a call for now; it is retried', expect.objectContaining(said)],
      ]);
      aws.destroy();
    },
  );

  it('is no excuse for what AWS never allows', async () => {
    const fault = new Refusal('InvalidAttributeValue', 'no', { on: ['SetQueueAttributes'] });
    const proxy = await stack.proxy(fault);
    const aws = new AwsClients(proxy.clientOptions());
    const { topic, queue } = names();
    const topology = defineTopology({
      topics: [{ name: topic }],
      queues: [{ name: queue, patterns: [], from: [{ topic }] }],
    });
    await expect(bindTopology(topology, aws, 'create')).rejects.toThrow('no');
    expect(fault.struck).toBe(1);
    aws.destroy();
  });
});

/** The fields of the log line about a queue that is created. */
const created = (name: string) => ({ action: 'create', kind: 'queue', name, differences: [] });

describe('creating', () => {
  it('says in the log what it changed, and nothing when it changed nothing', async () => {
    const { queue } = names();
    const topology = defineTopology({ queues: [{ name: queue, patterns: [] }] });
    await bindTopology(topology, stack.aws, 'create');
    expect(log.mock.calls).toEqual([
      ['Changing the topology', created(`${queue}-dlq`)],
      ['Changing the topology', created(queue)],
    ]);
    log.mockClear();
    await bindTopology(topology, stack.aws, 'create');
    expect(log).not.toHaveBeenCalled();
  });

  it('goes on where it was interrupted', async () => {
    const { topic, queue } = names();
    const topology = defineTopology({
      topics: [{ name: topic }],
      queues: [{ name: queue, patterns: [], from: [{ topic }] }],
    });
    for (const on of ['CreateQueue', 'SetQueueAttributes', 'Subscribe']) {
      const proxy = await stack.proxy(new Refusal('AccessDenied', 'stopped', { on: [on] }));
      const aws = new AwsClients(proxy.clientOptions());
      await expect(bindTopology(topology, aws, 'create')).rejects.toThrow('stopped');
      aws.destroy();
    }
    await bindTopology(topology, stack.aws, 'create');
    await bindTopology(topology, stack.aws, 'verify');
  });

  it('ends a subscription that is declared no longer, also where it was interrupted in between', async () => {
    const [one, two, queue] = [unique('orders'), unique('returns'), unique('billing')];
    const declare = (...from: string[]) =>
      defineTopology({
        topics: [{ name: one }, { name: two }],
        queues: [{ name: queue, patterns: [], from: from.map((topic) => ({ topic })) }],
      });
    await bindTopology(declare(one, two), stack.aws, 'create');
    await expect(bindTopology(declare(one), stack.aws, 'verify')).rejects.toThrow(
      `subscription of ${queue} to ${two} exists, but is not declared`,
    );
    for (const on of ['Unsubscribe', 'SetQueueAttributes']) {
      const proxy = await stack.proxy(new Refusal('AccessDenied', 'stopped', { on: [on] }));
      const aws = new AwsClients(proxy.clientOptions());
      await expect(bindTopology(declare(one), aws, 'create')).rejects.toThrow('stopped');
      await expect(bindTopology(declare(one), stack.aws, 'verify')).rejects.toThrow(
        /lets the topic .* send to it, which is not declared/,
      );
      aws.destroy();
    }
    const { topicArns } = await bindTopology(declare(one), stack.aws, 'create');
    await bindTopology(declare(one), stack.aws, 'verify');
    const { Subscriptions: left } = await stack.aws.sns.send(
      new ListSubscriptionsByTopicCommand({ TopicArn: topicArns.get(two) }),
    );
    expect(left ?? []).toEqual([]);
  });

  it("finds its subscription to a topic whose list only the topic's owner may see", async () => {
    const { topic, queue } = names();
    const declare = (raw: boolean) =>
      defineTopology({
        topics: [{ name: topic }],
        queues: [{ name: queue, patterns: [], from: [{ topic, raw }] }],
      });
    await bindTopology(declare(true), stack.aws, 'create');
    const proxy = await stack.proxy(
      new Refusal('AuthorizationError', 'denied', { on: ['ListSubscriptionsByTopic'] }),
    );
    const aws = new AwsClients(proxy.clientOptions());
    await bindTopology(declare(true), aws, 'verify');
    await expect(bindTopology(declare(false), aws, 'verify')).rejects.toThrow(
      'RawMessageDelivery is true, declared false',
    );
    aws.destroy();
  });

  it('takes a queue for what it is that another process was faster to make', async () => {
    const { queue } = names();
    const other = { name: queue, patterns: [], visibilityTimeoutS: 60 };
    await bindTopology(defineTopology({ queues: [other] }), stack.aws, 'create');
    const late = new Refusal('QueueDoesNotExist', 'none', { on: ['GetQueueUrl'], times: 2 });
    const proxy = await stack.proxy(late);
    const aws = new AwsClients(proxy.clientOptions());
    const topology = defineTopology({ queues: [{ name: queue, patterns: [] }] });
    await bindTopology(topology, aws, 'create');
    expect(late.struck).toBe(2);
    await bindTopology(topology, stack.aws, 'verify');
    aws.destroy();
  });

  it('takes away a redrive policy where no dead-letter queue is declared', async () => {
    const { queue } = names();
    const declare = (parts: object) =>
      defineTopology({ queues: [{ name: queue, patterns: [], ...parts }] });
    await bindTopology(declare({}), stack.aws, 'create');
    await expect(bindTopology(declare({ deadLetter: false }), stack.aws, 'verify')).rejects.toThrow(
      /RedrivePolicy is .*, declared none/,
    );
    const bound = await bindTopology(declare({ deadLetter: false }), stack.aws, 'create');
    expect(bound.queue(queue).maxReceiveCount).toBeUndefined();
    const { Attributes: attributes = {} } = await stack.aws.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: bound.queue(queue).url,
        AttributeNames: ['RedrivePolicy'],
      }),
    );
    expect(attributes.RedrivePolicy || undefined).toBeUndefined();
  });

  it('warns of a subscription that somebody else made, and leaves it', async () => {
    const [one, two, queue] = [unique('orders'), unique('returns'), unique('billing')];
    const topology = defineTopology({
      topics: [{ name: one }, { name: two }],
      queues: [
        { name: queue, patterns: [], from: [{ topic: one }] },
        { name: `${queue}-2`, patterns: [], from: [{ topic: two }] },
      ],
    });
    const bound = await bindTopology(topology, stack.aws, 'create');
    const { Attributes: attributes = {} } = await stack.aws.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: bound.queue(queue).url,
        AttributeNames: ['QueueArn'],
      }),
    );
    await stack.aws.sns.send(
      new SubscribeCommand({
        TopicArn: bound.topicArns.get(two),
        Protocol: 'sqs',
        Endpoint: attributes.QueueArn,
      }),
    );
    for (const mode of ['verify', 'create', 'verify'] as const) {
      warn.mockClear();
      await bindTopology(topology, stack.aws, mode);
      expect(warn.mock.calls).toEqual([
        [
          `The queue ${queue} is subscribed to ${bound.topicArns.get(two)} as well, which the topology does not declare`,
        ],
      ]);
    }
  });
});

describe('looking up', () => {
  it('asks for nothing but names where provisioning is off', async () => {
    const { topic, queue } = names();
    const declare = (parts: object) =>
      defineTopology({
        topics: [{ name: topic }],
        queues: [{ name: queue, patterns: [], from: [{ topic }], ...parts }],
      });
    const { url } = (await bindTopology(declare({}), stack.aws, 'create')).queue(queue);
    await stack.aws.sqs.send(
      new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy: '' } }),
    );
    const other = declare({ visibilityTimeoutS: 99, tags: { team: 'a' }, encryption: 'none' });
    expect((await bindTopology(other, stack.aws, 'off')).queue(queue).url).toBe(url);
  });
});
