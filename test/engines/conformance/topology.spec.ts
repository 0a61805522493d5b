import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect } from '@jest/globals';
import { defineTopology, record, type Topology } from '../../../src/transport/index.js';
import { bindTopology } from '../../../src/transport/topology/index.js';
import { unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import { shows } from '../engine.js';
import { Bench, emit, topicJobs, worker } from './harness.js';
import { provisioning, refusal } from './provisioning.js';

beforeAll(() => Logger.overrideLogger(false));

const bench = new Bench();

interface Declared {
  readonly visibilityTimeoutS?: number;
  readonly maxReceiveCount?: number;
  readonly raw?: boolean;
  readonly filterPolicy?: Record<string, unknown>;
}

/** Queues alone, for engines that have no topics. */
function declareQueue(queue: string, { visibilityTimeoutS = 30, maxReceiveCount = 5 }: Declared) {
  return defineTopology({
    queues: [
      { name: queue, patterns: ['job.*'], visibilityTimeoutS, deadLetter: { maxReceiveCount } },
      { name: `${queue}.fifo`, patterns: ['other.*'], visibilityTimeoutS },
    ],
    routes: [{ patterns: ['job.*'], queue }],
  });
}

function declareTopic(
  queue: string,
  { raw = true, filterPolicy = { pattern: [{ prefix: 'job.' }] } }: Declared,
): Topology {
  return defineTopology({
    topics: [{ name: queue }, { name: `${queue}.fifo` }],
    queues: [
      { name: queue, patterns: ['job.*'], from: [{ topic: queue, raw, filterPolicy }] },
      { name: `${queue}.fifo`, patterns: ['other.*'], from: [{ topic: `${queue}.fifo` }] },
    ],
    routes: [{ patterns: ['job.*'], topic: queue }],
  });
}

const { create, verify, changesOf } = provisioning(() => bench.stack.aws);

describe('Topology', () => {
  shows(
    'of queues is created once: a second create changes nothing, and verify agrees',
    ['retention'],
    async () => {
      const queue = unique('jobs');
      await create(declareQueue(queue, {}));
      expect(await changesOf(() => create(declareQueue(queue, {})))).toEqual([]);
      await verify(declareQueue(queue, {}));
    },
  );

  shows(
    'of topics is created once: a second create changes nothing, and verify agrees',
    ['sns'],
    async () => {
      const queue = unique('jobs');
      await create(declareTopic(queue, {}));
      expect(await changesOf(() => create(declareTopic(queue, {})))).toEqual([]);
      await verify(declareTopic(queue, {}));
    },
  );

  shows(
    'of queues that differs is named by verify, and create reconciles it and nothing else',
    ['retention'],
    async () => {
      const queue = unique('jobs');
      const changed = declareQueue(queue, { visibilityTimeoutS: 45, maxReceiveCount: 7 });
      await create(declareQueue(queue, {}));
      const failure = await refusal(verify(changed));
      expect(failure).toContain(`queue ${queue}: VisibilityTimeout is 30, declared 45`);
      expect(failure).toContain(`queue ${queue}: RedrivePolicy is`);
      await create(changed);
      await verify(changed);
      const { Attributes: attributes } = await bench.stack.aws.sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: await bench.stack.queueUrl(queue),
          AttributeNames: ['VisibilityTimeout', 'RedrivePolicy', 'MessageRetentionPeriod'],
        }),
      );
      expect(attributes?.VisibilityTimeout).toBe('45');
      expect(JSON.parse(attributes?.RedrivePolicy ?? '{}')).toMatchObject({
        deadLetterTargetArn: expect.stringMatching(new RegExp(`:${queue}-dlq$`)),
      });
    },
  );

  shows(
    'of topics that differs is named by verify, and create reconciles it',
    ['sns'],
    async () => {
      const queue = unique('jobs');
      const changed = declareTopic(queue, { raw: false, filterPolicy: { tenant: ['acme'] } });
      await create(declareTopic(queue, {}));
      const failure = await refusal(verify(changed));
      expect(failure).toContain('RawMessageDelivery is true, declared false');
      expect(failure).toContain('FilterPolicy is');
      await create(changed);
      await verify(changed);
    },
  );

  shows(
    'of which queues are missing has each of them named, by verify and by off',
    [],
    async () => {
      const queue = unique('jobs');
      for (const mode of ['verify', 'off'] as const) {
        const failure = await refusal(bindTopology(declareQueue(queue, {}), bench.stack.aws, mode));
        for (const name of [queue, `${queue}.fifo`])
          expect(failure).toContain(`queue ${name} does not exist`);
      }
    },
  );

  shows('may be created by several processes at once', ['sns'], async () => {
    const queue = unique('jobs');
    const bound = await Promise.all([1, 2, 3].map(() => create(declareTopic(queue, {}))));
    expect(new Set(bound.map((one) => one.queue(queue).url)).size).toBe(1);
    expect(await changesOf(() => create(declareTopic(queue, {})))).toEqual([]);
  });
});

describe('Filter policies', () => {
  const cases = [
    ['exact text', { tenant: ['acme'] }, { tenant: 'acme' }, { tenant: 'other' }, []],
    ['a prefix', { tenant: [{ prefix: 'ac' }] }, { tenant: 'acme' }, { tenant: 'other' }, []],
    ['a number range', { n: [{ numeric: ['>', 5] }] }, { n: 6 }, { n: 5 }, []],
    [
      'anything but',
      { tenant: [{ 'anything-but': ['acme'] }] },
      { tenant: 'other' },
      { tenant: 'acme' },
      [],
    ],
    ['one of a list', { tags: ['b'] }, { tags: ['a', 'b'] }, { tags: ['c'] }, ['listFilters']],
    [
      'text that looks like a number',
      { n: [{ numeric: ['=', 5] }] },
      { n: 5 },
      { n: '5' },
      ['typedFilters'],
    ],
  ] as const;
  for (const [what, filterPolicy, passing, held, needs] of cases) {
    shows(`${what}: what fits arrives, what does not is kept away`, ['sns', ...needs], async () => {
      const { topology } = topicJobs({ filterPolicy });
      const { Worker, attempts, attempted } = worker();
      const { client } = await bench.start({ topology, controllers: [Worker] });
      const send = (attributes: Record<string, string | number | readonly string[]>, n: number) =>
        emit(client, 'job.run', record({ n }).withAttributes(attributes).build());
      await send(passing, 1);
      await send(held, 2);
      await send(passing, 3);
      await attempted(2);
      const arrived = attempts.map(({ data }) => (data as { n: number }).n);
      expect(new Set(arrived)).toEqual(new Set([1, 3]));
    });
  }

  const bodies = [
    ['text', { tenant: ['acme'] }, { tenant: 'acme' }, { tenant: 'other' }, []],
    ['depth', { of: { kind: ['new'] } }, { of: { kind: 'new' } }, { of: { kind: 'old' } }, []],
    ['a number range', { sum: [{ numeric: ['>=', 10] }] }, { sum: 10 }, { sum: 9.5 }, []],
    ['presence', { note: [{ exists: true }] }, { note: 'x' }, {}, []],
    ['one of a list', { tags: ['b'] }, { tags: ['a', 'b'] }, { tags: ['c'] }, ['bodyListFilters']],
  ] as const;
  for (const [what, data, passing, held, needs] of bodies) {
    shows(`on bodies, by ${what}: what fits arrives`, ['sns', ...needs], async () => {
      const { topology } = topicJobs({ filterPolicy: { data }, filterPolicyScope: 'MessageBody' });
      const { Worker, attempts } = worker();
      const { client } = await bench.start({ topology, controllers: [Worker] });
      await emit(client, 'job.run', passing);
      await emit(client, 'job.run', held);
      await emit(client, 'job.run', { ...passing, last: true });
      await waitFor('the last one', () =>
        attempts.some(({ data: seen }) => 'last' in (seen as object)),
      );
      await waitFor('attempts', () => attempts, { until: ({ length }) => length >= 2 });
      expect(attempts.map(({ data: seen }) => seen)).not.toContainEqual(held);
    });
  }
});
