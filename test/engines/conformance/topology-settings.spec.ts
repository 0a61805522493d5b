import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  SubscribeCommand,
  TagResourceCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect } from '@jest/globals';
import { AwsClients } from '../../../src/aws/index.js';
import { defineTopology } from '../../../src/transport/index.js';
import type {
  QueueDeclaration,
  SubscriptionDeclaration,
  TopicDeclaration,
} from '../../../src/transport/topology/index.js';
import { unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import { clientOptions, shows } from '../engine.js';
import { Bench, emit, worker } from './harness.js';
import { provisioning, refusal } from './provisioning.js';

const bench = new Bench();
const { create, verify, changesOf } = provisioning(() => bench.stack.aws);

// What is made is said in the log; here a thousand times.
beforeAll(() => Logger.overrideLogger(false));

const onlyQueue = (name: string, parts: Partial<QueueDeclaration> = {}) =>
  defineTopology({ queues: [{ name, patterns: ['job.*'], ...parts }] });

const onlyTopic = (name: string, parts: Partial<TopicDeclaration> = {}) =>
  defineTopology({ topics: [{ name, ...parts }] });

const subscribed = (name: string, ...from: readonly Partial<SubscriptionDeclaration>[]) => {
  const topics = [{ name }, { name: `${name}-2` }];
  return defineTopology({
    topics,
    queues: [{ name, patterns: ['job.*'], from: from.map((one) => ({ topic: name, ...one })) }],
  });
};

const attributesOf = async (queue: string) => {
  const { Attributes: attributes = {} } = await bench.stack.aws.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: await bench.stack.queueUrl(queue),
      AttributeNames: ['All'],
    }),
  );
  return attributes;
};

/** Whose subscriptions a topic has. */
const subscribersOf = async (topicArn: string): Promise<(string | undefined)[]> => {
  const { Subscriptions: subscriptions = [] } = await bench.stack.aws.sns.send(
    new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }),
  );
  return subscriptions.map(({ Endpoint: queueArn }) => queueArn);
};

/** A queue that is there, and what to call it, and one beside that is not. */
const addresses = async (by: 'URL' | 'ARN') => {
  const name = unique('jobs');
  const { QueueUrl: url = '' } = await bench.stack.aws.sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: '7' } }),
  );
  const there = by === 'URL' ? url : ((await attributesOf(name)).QueueArn ?? '');
  return { there, missing: `${there}-2` };
};

/** Shows that a declaration is created, kept, told from another, and brought up to date once. */
async function showsUpToDate(
  before: ReturnType<typeof defineTopology>,
  after: ReturnType<typeof defineTopology>,
  differences: readonly string[],
): Promise<void> {
  await create(before);
  expect(await changesOf(() => create(before))).toEqual([]);
  await verify(before);
  const failure = await refusal(verify(after));
  for (const difference of differences) expect(failure).toContain(difference);
  // The first line says what failed, the last one what to do.
  expect(failure.split('\n')).toHaveLength(2 + differences.length);
  expect(await changesOf(() => create(after))).not.toEqual([]);
  await verify(after);
  expect(await changesOf(() => create(after))).toEqual([]);
}

describe('Topology: tags', () => {
  shows(
    'of a queue and its dead-letter queue are set, and named where they differ',
    ['retention'],
    async () => {
      const name = unique('jobs');
      await showsUpToDate(
        onlyQueue(name, { tags: { team: 'a', stage: 'test' } }),
        onlyQueue(name, { tags: { team: 'b', stage: 'test', owner: 'x' } }),
        ['', '-dlq'].flatMap((suffix) => [
          `queue ${name}${suffix}: the tag team is a, declared b`,
          `queue ${name}${suffix}: the tag owner is not set, declared x`,
        ]),
      );
    },
  );

  shows('of a topic are set, and named where they differ', ['sns'], async () => {
    const name = unique('orders');
    await showsUpToDate(
      onlyTopic(name, { tags: { team: 'a' } }),
      onlyTopic(name, { tags: { team: 'b', owner: 'x' } }),
      [
        `topic ${name}: the tag team is a, declared b`,
        `topic ${name}: the tag owner is not set, declared x`,
      ],
    );
  });

  shows('that others have set stay', ['sns', 'retention'], async () => {
    const { sqs, sns } = bench.stack.aws;
    const name = unique('jobs');
    const topology = defineTopology({
      topics: [{ name, tags: { team: 'a' } }],
      queues: [{ name, patterns: ['job.*'], tags: { team: 'a' } }],
    });
    const topicArn = (await create(topology)).topicArns.get(name) ?? '';
    const url = await bench.stack.queueUrl(name);
    await sqs.send(new TagQueueCommand({ QueueUrl: url, Tags: { cost: '7', team: 'z' } }));
    await sns.send(
      new TagResourceCommand({
        ResourceArn: topicArn,
        Tags: [
          { Key: 'cost', Value: '7' },
          { Key: 'team', Value: 'z' },
        ],
      }),
    );
    await create(topology);
    const { Tags: ofQueue } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
    expect(ofQueue).toEqual({ cost: '7', team: 'a' });
    const { Tags: ofTopic } = await sns.send(
      new ListTagsForResourceCommand({ ResourceArn: topicArn }),
    );
    expect(ofTopic).toHaveLength(2);
    await verify(topology);
  });
});

describe('Topology: encryption', () => {
  const needs = ['retention'] as const;

  shows('of a queue changes from the keys of SQS to one of KMS', needs, async () => {
    const name = unique('jobs');
    const kms = { kmsKeyId: 'alias/aws/sqs', dataKeyReuseS: 600 };
    await showsUpToDate(
      onlyQueue(name, { encryption: 'sqs' }),
      onlyQueue(name, { encryption: kms }),
      ['', '-dlq'].flatMap((suffix) => [
        `queue ${name}${suffix}: SqsManagedSseEnabled is true, declared false`,
        `queue ${name}${suffix}: KmsMasterKeyId is not set, declared alias/aws/sqs`,
        `queue ${name}${suffix}: KmsDataKeyReusePeriodSeconds is `,
      ]),
    );
  });

  shows('of a queue changes from a key of KMS to those of SQS, and to none', needs, async () => {
    const name = unique('jobs');
    await showsUpToDate(
      onlyQueue(name, { encryption: { kmsKeyId: 'alias/aws/sqs' }, deadLetter: false }),
      onlyQueue(name, { encryption: 'sqs', deadLetter: false }),
      [
        `queue ${name}: SqsManagedSseEnabled is `,
        `queue ${name}: KmsMasterKeyId is alias/aws/sqs, declared none`,
      ],
    );
    await create(onlyQueue(name, { encryption: 'none', deadLetter: false }));
    expect(await attributesOf(name)).toMatchObject({ SqsManagedSseEnabled: 'false' });
  });

  shows('of a queue that does not declare any stays as it is', needs, async () => {
    const name = unique('jobs');
    await create(onlyQueue(name, { encryption: { kmsKeyId: 'alias/aws/sqs' } }));
    expect(await changesOf(() => create(onlyQueue(name)))).toEqual([]);
    expect(await attributesOf(name)).toMatchObject({ KmsMasterKeyId: 'alias/aws/sqs' });
  });

  shows('of a topic changes from one key to another, and to none', ['sns'], async () => {
    const name = unique('orders');
    const [one, other] = ['alias/aws/sns', 'alias/orders'].map((kmsKeyId) =>
      onlyTopic(name, { encryption: { kmsKeyId } }),
    );
    if (!one || !other) throw new Error('two keys make two topologies');
    await showsUpToDate(one, other, [
      `topic ${name}: KmsMasterKeyId is alias/aws/sns, declared alias/orders`,
    ]);
    await showsUpToDate(other, onlyTopic(name, { encryption: 'none' }), [
      `topic ${name}: KmsMasterKeyId is alias/orders, declared none`,
    ]);
  });
});

describe('Topology: subscriptions', () => {
  const byAttribute = { filterPolicy: { tenant: ['acme'] } };
  const byBody = { filterPolicy: { data: { n: [1] } }, filterPolicyScope: 'MessageBody' } as const;

  shows('have their filter moved to the body and back, and taken away', ['sns'], async () => {
    const name = unique('jobs');
    const of = `subscription of ${name} to ${name}`;
    await showsUpToDate(subscribed(name, byAttribute), subscribed(name, byBody), [
      `${of}: FilterPolicy is {"tenant":["acme"]}, declared {"data":{"n":[1]}}`,
      `${of}: FilterPolicyScope is MessageAttributes, declared MessageBody`,
    ]);
    await showsUpToDate(subscribed(name, byBody), subscribed(name, byAttribute), [
      `${of}: FilterPolicy is {"data":{"n":[1]}}, declared {"tenant":["acme"]}`,
      `${of}: FilterPolicyScope is MessageBody, declared MessageAttributes`,
    ]);
    await showsUpToDate(subscribed(name, byAttribute), subscribed(name, { filterPolicy: {} }), [
      `${of}: FilterPolicy is {"tenant":["acme"]}, declared none`,
    ]);
    await showsUpToDate(subscribed(name, { filterPolicy: {} }), subscribed(name, byBody), [
      `${of}: FilterPolicy is none, declared {"data":{"n":[1]}}`,
      `${of}: FilterPolicyScope is MessageAttributes, declared MessageBody`,
    ]);
  });

  shows(
    'that are declared no longer end, and so does what lets their topic in',
    ['sns'],
    async () => {
      const name = unique('jobs');
      const both = subscribed(name, {}, { topic: `${name}-2` });
      const { topicArns } = await create(both);
      const second = topicArns.get(`${name}-2`) ?? '';
      await showsUpToDate(both, subscribed(name, {}), [
        `subscription of ${name} to ${name}-2 exists, but is not declared`,
        `queue ${name}: its policy lets the topic ${second} send to it, which is not declared`,
      ]);
      expect(await subscribersOf(second)).toEqual([]);
      await create(subscribed(name));
      expect((await attributesOf(name)).Policy ?? '').toBe('');
    },
  );

  shows('are not looked at where a queue declares none', ['sns'], async () => {
    const name = unique('jobs');
    const { topicArns } = await create(subscribed(name, {}));
    const sender = onlyQueue(name);
    await verify(sender);
    expect(await changesOf(() => create(sender))).toEqual([]);
    expect(await subscribersOf(topicArns.get(name) ?? '')).toHaveLength(1);
  });

  shows('and the statements that others wrote for them are left alone', ['sns'], async () => {
    const { sqs, sns } = bench.stack.aws;
    const name = unique('jobs');
    const topology = subscribed(name, {});
    const { topicArns } = await create(topology);
    const second = topicArns.get(`${name}-2`) ?? '';
    const { QueueArn: queueArn = '', Policy: policy = '{}' } = await attributesOf(name);
    const theirs = {
      Sid: 'Theirs',
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': second } },
    };
    const written = JSON.parse(policy) as { Statement: object[] };
    const set = (statements: object[]) =>
      sqs.send(
        new SetQueueAttributesCommand({
          QueueUrl: url,
          Attributes: { Policy: JSON.stringify({ ...written, Statement: statements }) },
        }),
      );
    const url = await bench.stack.queueUrl(name);
    await sns.send(new SubscribeCommand({ TopicArn: second, Protocol: 'sqs', Endpoint: queueArn }));
    await set([...written.Statement, theirs]);
    await verify(topology);
    expect(await changesOf(() => create(topology))).toEqual([]);
    // Somebody takes away what was Weft's own.
    await set([theirs]);
    expect(await refusal(verify(topology))).toContain(
      `queue ${name}: its policy does not let the topic ${topicArns.get(name)} send to it`,
    );
    await create(topology);
    const { Policy: mended = '{}' } = await attributesOf(name);
    expect(JSON.parse(mended)).toMatchObject({
      Statement: [{ Sid: 'Theirs' }, { Sid: 'WeftTopics' }],
    });
    expect(await subscribersOf(second)).toEqual([queueArn]);
  });
});

describe('Topology: what belongs to others', () => {
  const others = [
    ['region', 'regions', { region: 'eu-west-1' }],
    ['account', 'accounts', { credentials: { accessKeyId: '222222222222', secretAccessKey: 'x' } }],
  ] as const;
  for (const [where, need, their] of others) {
    shows(
      `a topic of another ${where} is subscribed to and published to`,
      ['sns', need],
      async () => {
        const other = new AwsClients({ ...clientOptions(), ...their });
        const name = unique('jobs');
        const { TopicArn: topic = '' } = await other.sns.send(
          new CreateTopicCommand({ Name: name }),
        );
        expect(topic).toMatch(/:eu-west-1:|:222222222222:/);
        const topology = defineTopology({
          topics: [{ name: topic }],
          queues: [{ name, patterns: ['job.*'], from: [{ topic }] }],
          routes: [{ patterns: ['job.*'], topic }],
        });
        expect(await refusal(verify(topology))).toContain(`queue ${name} does not exist`);
        const { Worker, attempts } = worker();
        const { client } = await bench.start({ topology, controllers: [Worker] });
        await verify(topology);
        expect(await changesOf(() => create(topology))).toEqual([]);
        await emit(client, 'job.run', { n: 1 });
        await waitFor('attempts', () => attempts, { until: ({ length }) => length > 0 });
        other.destroy();
      },
    );
  }

  shows('a topic of another owner, named by its ARN, is never created', ['sns'], async () => {
    const name = unique('jobs');
    const topic = `arn:aws:sns:us-east-1:000000000000:${name}`;
    const published = defineTopology({
      topics: [{ name: topic }],
      routes: [{ patterns: ['job.*'], topic }],
    });
    expect(await changesOf(() => create(published))).toEqual([]);
    expect((await verify(published)).destination('job.run').address).toBe(topic);
  });

  for (const [by, needs] of [
    ['URL', []],
    ['ARN', ['queueArns']],
  ] as const) {
    shows(`a queue by ${by} is received from as it is`, needs, async () => {
      const { there: queue } = await addresses(by);
      const topology = defineTopology({
        queues: [{ name: queue, patterns: ['job.*'] }],
        routes: [{ patterns: ['job.*'], queue }],
      });
      expect(await changesOf(() => create(topology))).toEqual([]);
      expect((await verify(topology)).queue(queue)).toMatchObject({ visibilityTimeoutS: 7 });
      const { Worker, attempts } = worker();
      const { client } = await bench.start({ topology, controllers: [Worker] });
      await emit(client, 'job.run', { n: 1 });
      await waitFor('attempts', () => attempts, { until: ({ length }) => length > 0 });
    });

    shows(`a queue by ${by} is never made`, needs, async () => {
      const { missing } = await addresses(by);
      for (const bind of [create, verify])
        expect(await refusal(bind(onlyQueue(missing)))).toContain(
          `queue ${missing} does not exist`,
        );
    });
  }

  shows('a queue of another region is not received from', ['queueArns'], async () => {
    const elsewhere = (await addresses('ARN')).there.replace('us-east-1', 'eu-west-1');
    expect(await refusal(create(onlyQueue(elsewhere)))).toContain(
      'is in eu-west-1, but this process works in us-east-1',
    );
  });
});
