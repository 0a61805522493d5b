import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  type QueueAttributeName,
} from '@aws-sdk/client-sqs';
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { defineTopology, TopologyError } from '../../../../src/transport/index.js';
import {
  planTopology,
  type ProvisionMode,
  type QueueDeclaration,
} from '../../../../src/transport/topology/index.js';
import { bindTopology } from '../../../../src/transport/topology/index.js';
import { countCalls, TestStack, unique } from '../../../support/transport.js';

const DAY_S = 24 * 3600;
const MODES: readonly ProvisionMode[] = ['create', 'verify', 'off'];

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start();
});
afterAll(() => stack.stop());

const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
beforeEach(() => void warn.mockClear());

type Attributes = Partial<Record<QueueAttributeName, string>>;

async function make(name: string, attributes: Attributes = {}): Promise<string> {
  const { QueueUrl: url = '' } = await stack.aws.sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
  );
  return url;
}

async function attributesOf(name: string): Promise<Attributes> {
  const { Attributes: attributes = {} } = await stack.aws.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: await stack.queueUrl(name),
      AttributeNames: ['All'],
    }),
  );
  const { ApproximateNumberOfMessages: _messages, ...settings } = attributes;
  return settings;
}

/** A queue as Terraform made it: visibility 60 s, retention 14 days, three receives, then a queue of another name. */
async function production(parts: Attributes = {}) {
  const queue = unique('orders');
  const dead = `${queue}-dead`;
  const deadUrl = await make(dead, { MessageRetentionPeriod: String(4 * DAY_S) });
  const { QueueArn: deadArn } = await attributesOf(dead);
  const url = await make(queue, {
    VisibilityTimeout: '60',
    MessageRetentionPeriod: String(14 * DAY_S),
    ReceiveMessageWaitTimeSeconds: '0',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadArn, maxReceiveCount: 3 }),
    ...parts,
  });
  return { queue, url, dead, deadUrl };
}

const consuming = (name: string, parts: Partial<QueueDeclaration> = {}) =>
  defineTopology({ queues: [{ name, patterns: ['order.*'], ...parts }] });

const refusalOf = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(TopologyError);
  return (error as TopologyError).message;
};

describe('a queue that somebody else made', () => {
  it.each(MODES)('is used as it is, and nothing of it is changed (%s)', async (mode) => {
    const { queue, dead, deadUrl } = await production();
    const before = [await attributesOf(queue), await attributesOf(dead)];
    const bound = await bindTopology(consuming(queue), stack.aws, mode);
    expect(bound.queue(queue)).toMatchObject({
      visibilityTimeoutS: 60,
      maxReceiveCount: 3,
      deadLetterUrl: deadUrl,
      maxMessageBytes: 1_048_576,
    });
    expect([await attributesOf(queue), await attributesOf(dead)]).toEqual(before);
    await expect(attributesOf(`${queue}-dlq`)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it.each(MODES)('keeps the dead-letter queue that is declared as it has it (%s)', async (mode) => {
    const { queue, dead, deadUrl } = await production();
    const topology = consuming(queue, {
      visibilityTimeoutS: 60,
      retentionS: 14 * DAY_S,
      deadLetter: { name: dead, maxReceiveCount: 3 },
      tags: {},
    });
    const bound = await bindTopology(topology, stack.aws, mode);
    expect(bound.queue(queue)).toMatchObject({ deadLetterUrl: deadUrl, maxReceiveCount: 3 });
    expect(await attributesOf(dead)).toMatchObject({ MessageRetentionPeriod: String(4 * DAY_S) });
  });

  it('may have its receives declared without the queue they lead to', async () => {
    const { queue, deadUrl } = await production();
    const topology = consuming(queue, { deadLetter: { maxReceiveCount: 7 } });
    expect(await refusalOf(bindTopology(topology, stack.aws, 'verify'))).toContain(
      `queue ${queue}: RedrivePolicy is {`,
    );
    const bound = await bindTopology(topology, stack.aws, 'create');
    expect(bound.queue(queue)).toMatchObject({ deadLetterUrl: deadUrl, maxReceiveCount: 7 });
  });

  it('has only the differences of what is declared named, and URL, ARN, off and deadLetter before create', async () => {
    const { queue } = await production();
    const refusal = await refusalOf(
      bindTopology(consuming(queue, { visibilityTimeoutS: 30 }), stack.aws, 'verify'),
    );
    const lines = refusal.split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'AWS (us-east-1) differs from the topology:',
      `  queue ${queue}: VisibilityTimeout is 60, declared 30`,
    ]);
    expect(lines).toHaveLength(3);
    const words = ['URL', 'ARN', "'off'", 'deadLetter: { name }', "'create'"];
    const places = words.map((word) => lines[2]?.indexOf(word) ?? -1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(Math.min(...places)).toBeGreaterThan(-1);
  });

  it.each(['URL', 'ARN'] as const)('by %s leads its dead letters to its own queue', async (by) => {
    const { queue, url, deadUrl } = await production();
    const address = by === 'URL' ? url : ((await attributesOf(queue)).QueueArn ?? '');
    for (const mode of MODES) {
      const bound = await bindTopology(consuming(address), stack.aws, mode);
      expect(bound.queue(address)).toMatchObject({ deadLetterUrl: deadUrl, maxReceiveCount: 3 });
    }
  });

  it('by URL leads its dead letters to the declared queue, and is not changed', async () => {
    const { queue, url } = await production();
    const other = unique('orders-unread');
    const otherUrl = await make(other);
    const before = await attributesOf(queue);
    const topology = consuming(url, { deadLetter: { name: other } });
    for (const mode of MODES) {
      const bound = await bindTopology(topology, stack.aws, mode);
      expect(bound.queue(url)).toMatchObject({ deadLetterUrl: otherUrl, maxReceiveCount: 3 });
    }
    expect(await attributesOf(queue)).toEqual(before);
  });

  it('by URL without dead letters keeps none', async () => {
    const { url } = await production();
    const bound = await bindTopology(consuming(url, { deadLetter: false }), stack.aws, 'verify');
    expect(bound.queue(url).deadLetterUrl).toBeUndefined();
    expect(bound.queue(url).maxReceiveCount).toBe(3);
  });

  it('by URL of another region is refused by name', async () => {
    const url = 'https://sqs.eu-west-3.amazonaws.com/111122223333/orders';
    for (const mode of MODES)
      expect(await refusalOf(bindTopology(consuming(url), stack.aws, mode))).toContain(
        `queue ${url} is in eu-west-3, but this process works in us-east-1`,
      );
  });

  it('with skip for its failures needs a dead-letter queue, which is known only now', async () => {
    const url = await make(unique('orders') + '.fifo', { FifoQueue: 'true' });
    const topology = consuming(url, { onFailure: 'skip' });
    expect(await refusalOf(bindTopology(topology, stack.aws, 'verify'))).toContain(
      'onFailure is skip, which needs a dead-letter queue, and it has none',
    );
  });

  it('has a visibility timeout of 0 s read as such, with a warning, and is received with 30 s', async () => {
    const { queue } = await production({ VisibilityTimeout: '0' });
    const bound = await bindTopology(consuming(queue), stack.aws, 'verify');
    expect(bound.queue(queue).visibilityTimeoutS).toBe(30);
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining(`${queue} has a visibility timeout of 0 s`)],
    ]);
    warn.mockClear();
    await bindTopology(consuming(queue, { visibilityTimeoutS: 20 }), stack.aws, 'off');
    expect(warn).not.toHaveBeenCalled();
  });

  it('has its largest message counted by senders', async () => {
    const { queue, url } = await production({ MaximumMessageSize: '2048' });
    const topology = defineTopology({
      queues: [{ name: url, patterns: ['order.*'] }],
      routes: [{ patterns: ['order.*'], queue: url }],
    });
    const bound = await bindTopology(topology, stack.aws, 'off');
    expect(bound.destination('order.placed')).toMatchObject({ maxMessageBytes: 2048 });
    expect(await attributesOf(queue)).toMatchObject({ MaximumMessageSize: '2048' });
  });
});

describe('a subscription that somebody else made', () => {
  it('keeps its raw delivery and its filter where they are not declared', async () => {
    const { queue, topic } = { queue: unique('billing'), topic: unique('orders') };
    const declare = (parts: object = {}) =>
      defineTopology({
        topics: [{ name: topic }],
        queues: [{ name: queue, patterns: ['order.*'], from: [{ topic, ...parts }] }],
      });
    await make(queue);
    const { QueueArn: arn } = await attributesOf(queue);
    const { TopicArn: topicArn } = await stack.aws.sns.send(
      new CreateTopicCommand({ Name: topic }),
    );
    await stack.aws.sns.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'sqs',
        Endpoint: arn,
        Attributes: { FilterPolicy: '{"tenant":["acme"]}' },
      }),
    );
    const bound = await bindTopology(declare(), stack.aws, 'create');
    expect(bound.queue(queue).envelopes).toBe('wrapped');
    expect((await planTopology(declare(), stack.aws)).changes).toEqual([]);
    const plan = await planTopology(declare({ raw: true, filterPolicy: {} }), stack.aws);
    expect(plan.differences).toEqual([
      `subscription of ${queue} to ${topic}: RawMessageDelivery is false, declared true`,
      `subscription of ${queue} to ${topic}: FilterPolicy is {"tenant":["acme"]}, declared none`,
    ]);
  });
});

describe('a plan', () => {
  it('names every change, makes none, and as JSON is plain data', async () => {
    const { queue, topic } = { queue: unique('billing'), topic: unique('orders') };
    const topology = defineTopology({
      topics: [{ name: topic }],
      queues: [{ name: queue, patterns: ['order.*'], from: [{ topic }] }],
    });
    const counts = [stack.aws.sqs, stack.aws.sns].map((client) => countCalls(client));
    const plan = await planTopology(topology, stack.aws);
    expect(
      counts.flatMap((count) => count.ended()).filter((call) => !/^(Get|List)/.test(call)),
    ).toEqual([]);
    expect(String(plan).split('\n')).toEqual([
      `create topic ${topic}`,
      `create queue ${queue}-dlq`,
      `create queue ${queue}`,
      `create subscription of ${queue} to ${topic}`,
    ]);
    expect(JSON.parse(JSON.stringify(plan))).toMatchObject({
      region: 'us-east-1',
      problems: [],
      warnings: [],
      changes: [
        { action: 'create', kind: 'topic', name: topic },
        { action: 'create', kind: 'queue', settings: { MessageRetentionPeriod: '1209600' } },
        {
          action: 'create',
          kind: 'queue',
          settings: { VisibilityTimeout: '30', RedrivePolicy: `to ${queue}-dlq after 5 receives` },
        },
        { action: 'create', kind: 'subscription', settings: { RawMessageDelivery: 'true' } },
      ],
    });
    expect(await plan.apply()).toEqual(plan.changes);
    const after = await planTopology(topology, stack.aws);
    expect([String(after), after.changes]).toEqual(['No changes: AWS matches the topology', []]);
    await bindTopology(topology, stack.aws, 'verify');
  });

  it('with a problem changes nothing', async () => {
    const queue = unique('billing');
    const missing = `${await make(unique('orders'))}-gone`;
    const topology = defineTopology({
      queues: [
        { name: queue, patterns: ['order.*'] },
        { name: missing, patterns: ['return.*'] },
      ],
    });
    const plan = await planTopology(topology, stack.aws);
    expect(plan.problems).toEqual([`queue ${missing} does not exist`]);
    await expect(plan.apply()).rejects.toThrow(TopologyError);
    await expect(bindTopology(topology, stack.aws, 'create')).rejects.toThrow(TopologyError);
    await expect(attributesOf(queue)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it('keeps what somebody else wrote into a policy after the plan was made', async () => {
    const { queue, topic } = { queue: unique('billing'), topic: unique('orders') };
    const url = await make(queue);
    const plan = await planTopology(
      defineTopology({
        topics: [{ name: topic }],
        queues: [{ name: queue, patterns: ['order.*'], from: [{ topic }] }],
      }),
      stack.aws,
    );
    const { QueueArn: arn } = await attributesOf(queue);
    const theirs = {
      Sid: 'Theirs',
      Effect: 'Allow',
      Principal: '*',
      Action: 'sqs:*',
      Resource: arn,
    };
    await stack.aws.sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: url,
        Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement: [theirs] }) },
      }),
    );
    await plan.apply();
    const { Statement: statements } = JSON.parse((await attributesOf(queue)).Policy ?? '{}') as {
      Statement: { Sid: string }[];
    };
    expect(statements.map(({ Sid }) => Sid)).toEqual(['Theirs', 'WeftTopics']);
  });
});
