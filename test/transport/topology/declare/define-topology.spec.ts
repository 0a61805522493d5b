import { describe, expect, it } from '@jest/globals';
import { TopologyError } from '../../../../src/transport/errors/index.js';
import { defineTopology, mergeTopologies, type Topology } from '../../../../src/transport/index.js';

/** The faults named for a topology. */
const faults = (parts: Partial<Topology>): unknown => faultsOf(() => defineTopology(parts));
const faultsOfMerging = (...parts: Topology[]): unknown =>
  faultsOf(() => mergeTopologies(...parts));

function faultsOf(define: () => Topology): unknown {
  try {
    define();
    return [];
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    return error.details['faults'];
  }
}

const queue = (parts: object = {}) => ({ name: 'jobs', patterns: ['job.*'], ...parts });

describe('defineTopology', () => {
  it('gives a sound topology back, complete', () => {
    const queues = [queue()];
    expect(defineTopology({ queues })).toEqual({ topics: [], queues, routes: [] });
  });

  it('names every fault at once', () => {
    const parts = {
      topics: [{ name: 'a b' }, { name: 'orders' }, { name: 'orders' }],
      queues: [
        queue({ from: [{ topic: 'missing' }], visibilityTimeoutS: 0, retentionS: 59 }),
        queue({ concurrency: 1.5, deadLetter: { maxReceiveCount: 1001 } }),
      ],
      routes: [
        { patterns: [], topic: 'orders' },
        { patterns: ['x'], queue: 'missing' },
      ],
    };
    expect(faults(parts)).toEqual([
      'topic a b: a name has 1 to 256 letters, digits, - and _ (and .fifo)',
      'topic orders: declared twice',
      'queue jobs: subscribes to missing, which is not declared',
      'queue jobs: visibilityTimeoutS is 0, must be a whole number from 1 to 43200',
      'queue jobs: retentionS is 59, must be a whole number from 60 to 1209600',
      'queue jobs: concurrency is 1.5, must be a whole number from 1 to 120000',
      'queue jobs: deadLetter.maxReceiveCount is 1001, must be a whole number from 1 to 1000',
      'queue jobs: declared twice',
      'route : names no pattern',
      'route x: goes to missing, which is not declared',
    ]);
    expect(() => defineTopology(parts)).toThrow(/is invalid:\n {2}topic a b.*\n {2}topic orders/);
  });

  it.each([
    '',
    'a.b',
    'a/b',
    'a b',
    'ä',
    'x'.repeat(81),
    `${'x'.repeat(76)}.fifo`,
    'arn:aws:sqs:r:1:q',
  ])('refuses the queue name %j', (name) => {
    expect(faults({ queues: [queue({ name, deadLetter: false })] })).toHaveLength(1);
  });

  it('refuses a name whose dead-letter queue would have too long a one', () => {
    expect(faults({ queues: [queue({ name: 'x'.repeat(77) })] })).toEqual([
      expect.stringContaining(`${'x'.repeat(77)}-dlq`),
    ]);
  });

  it.each([
    [{ queues: [queue({ fifo: true })] }],
    [{ queues: [queue({ name: 'jobs.fifo', fifo: false })] }],
    [{ queues: [queue({ name: 'https://sqs.r.amazonaws.com/1/jobs', fifo: true })] }],
    [{ topics: [{ name: 'orders', fifo: true }] }],
    [{ topics: [{ name: 'arn:aws:sns:eu-west-1:123456789012:orders.fifo', fifo: false }] }],
    [{ queues: [queue({ name: 'jobs.fifo', deadLetter: { name: 'dead' } })] }],
    [{ queues: [queue({ deadLetter: { name: 'dead.fifo' } })] }],
  ])('refuses what says FIFO and is not named so, or the reverse: %j', (parts) => {
    expect(faults(parts)).toHaveLength(1);
  });

  it.each([
    [{ queues: [queue({ deadLetter: { name: 'jobs' } })] }],
    [{ topics: [{ name: `${'x'.repeat(252)}.fifo` }] }],
    [{ routes: [{ patterns: ['x'], queue: 'arn:aws:sqs:r:1:q' }] }],
    [{ routes: [{ patterns: ['x'], topic: 'https://host/1/t' }] }],
  ])('refuses %j', (parts) => {
    expect(faults(parts)).toHaveLength(1);
  });

  it.each([
    [{ onFailure: 'hold' as const }, 'queue jobs: onFailure is hold, which only a FIFO queue has'],
    [
      { name: 'jobs.fifo', onFailure: 'skip' as const, deadLetter: false as const },
      'queue jobs.fifo: onFailure is skip, which needs a dead-letter queue',
    ],
  ])(
    'refuses what becomes of a failed message where the queue cannot have it: %j',
    (parts, fault) => {
      expect(faults({ queues: [queue(parts)] })).toEqual([fault]);
    },
  );

  it('names what does not fit a broadcast', () => {
    const parts = {
      topics: [{ name: 'settings' }],
      queues: [
        queue({ broadcast: true }),
        queue({ name: 'x'.repeat(64), broadcast: true, from: [{ topic: 'settings' }] }),
        queue({ name: 'https://host/1/q', broadcast: true, from: [{ topic: 'settings' }] }),
        queue({
          name: 'a.fifo',
          broadcast: true,
          from: [{ topic: 'settings' }],
          onFailure: 'skip' as const,
        }),
      ],
      routes: [{ patterns: ['job.*'], queue: 'jobs' }],
    };
    expect(faults(parts)).toEqual([
      'queue jobs: is a broadcast, which needs a topic (from)',
      `queue ${'x'.repeat(64)}: is a broadcast, whose name has at most 63 characters: each process adds 17`,
      'queue https://host/1/q: is a broadcast, of which each process makes its own queue: it has no URL or ARN',
      'queue a.fifo: onFailure is skip, which needs a dead-letter queue',
      'queue a.fifo: subscribes to settings, which is not FIFO: SNS refuses a FIFO queue there',
      'route job.*: goes to jobs, a broadcast: every process has a queue of it, so name its topic',
    ]);
  });

  it('takes what belongs to others by URL and ARN', () => {
    const topic = 'arn:aws-cn:sns:cn-north-1:123456789012:orders';
    const url = 'https://sqs.r.amazonaws.com/1/theirs';
    const arn = 'arn:aws:sqs:eu-west-1:123456789012:theirs.fifo';
    expect(
      faults({
        queues: [queue({ from: [{ topic }] }), queue({ name: url }), queue({ name: arn })],
        routes: [
          { patterns: ['a'], topic },
          { patterns: ['b'], queue: url },
          { patterns: ['c'], queue: arn },
        ],
      }),
    ).toEqual([]);
  });
});

const ARN = 'arn:aws:sns:eu-west-1:123456789012:orders';

describe('an ARN', () => {
  it.each([
    'arn:aws:sns:eu-west-1:1234:orders',
    'arn:aws:sns::123456789012:orders',
    'arn:aws:sqs:eu-west-1:123456789012:orders',
    'arn:aws:sns:eu-west-1:123456789012:orders:5f0c',
    'arn:aws:sns:eu-west-1:123456789012:',
    'arn:aws:sns:eu-west-1:123456789012:a b',
    `arn:aws:sns:eu-west-1:123456789012:${'x'.repeat(257)}`,
    'arn:gcp:sns:eu-west-1:123456789012:orders',
  ])('that is none of a topic is refused: %s', (name) => {
    expect(faults({ topics: [{ name }] })).toEqual([
      expect.stringContaining('not the ARN of a topic'),
    ]);
    expect(faults({ queues: [queue({ from: [{ topic: name }] })] })).toEqual([
      expect.stringContaining('not the ARN of a topic'),
    ]);
    expect(faults({ routes: [{ patterns: ['x'], topic: name }] })).toHaveLength(1);
  });

  it('leaves nothing to be made of what it names', () => {
    const arn = 'arn:aws:sqs:eu-west-1:123456789012:jobs';
    expect(
      faults({
        topics: [{ name: ARN, tags: { team: 'a' } }],
        queues: [queue({ name: arn, from: [{ topic: ARN }], encryption: 'sqs', retentionS: 60 })],
      }),
    ).toEqual([
      expect.stringContaining("somebody else's"),
      expect.stringMatching(/somebody else's .* from, encryption, retentionS cannot be set/),
    ]);
  });
});

const subscribed = (parts: object, name = 'jobs') =>
  faults({ queues: [queue({ name, from: [{ topic: ARN, ...parts }] })] });
const values = (count: number) => Array.from({ length: count }, (_, n) => `v${n}`);

describe('a subscription', () => {
  it.each([
    [{ tenant: ['acme'], size: [{ numeric: ['>', 5] }] }, 'MessageAttributes'],
    [{ a: values(150) }, 'MessageAttributes'],
    [{ a: values(15), b: values(10), c: ['x'] }, 'MessageAttributes'],
    [{ $or: [{ a: ['x'] }, { b: ['y'] }] }, 'MessageAttributes'],
    [{ data: { tenant: ['acme'], kind: { name: ['x'] } } }, 'MessageBody'],
  ])('takes the filter policy %j (%s)', (filterPolicy, filterPolicyScope) => {
    expect(subscribed({ filterPolicy, filterPolicyScope })).toEqual([]);
  });

  it.each([
    [{ filterPolicyScope: 'MessageBody' }, 'no filterPolicy'],
    [{ filterPolicy: { data: { tenant: ['acme'] } } }, 'nested at data'],
    [{ filterPolicy: Object.fromEntries(values(6).map((key) => [key, ['x']])) }, '6 keys'],
    [{ filterPolicy: { a: values(16), b: values(10) } }, '160 values'],
    [
      { filterPolicy: { a: { b: values(16), c: values(10) } }, filterPolicyScope: 'MessageBody' },
      '160 values',
    ],
    [{ filterPolicy: { a: ['ä'.repeat(128 * 1024)] } }, 'bytes'],
  ])('is refused with what SNS certainly refuses: %#', (parts, fault) => {
    expect(subscribed(parts)).toEqual([expect.stringContaining(fault)]);
  });

  it('of a FIFO queue needs a FIFO topic, and is declared once', () => {
    expect(subscribed({}, 'jobs.fifo')).toEqual([expect.stringContaining('not FIFO')]);
    expect(faults({ queues: [queue({ from: [{ topic: ARN }, { topic: ARN }] })] })).toEqual([
      `queue jobs: subscribes to ${ARN} twice`,
    ]);
  });
});

const reuse = (dataKeyReuseS: number) =>
  faults({ queues: [queue({ encryption: { kmsKeyId: 'alias/jobs', dataKeyReuseS } })] });

const byKeyOfSqs = (from: object[]) =>
  faults({ queues: [queue({ encryption: { kmsKeyId: 'alias/aws/sqs' }, from })] });

describe('the largest message of a topic', () => {
  it.each([1023, 1024 * 1024 + 1, 1024.5])('is not %d bytes', (maxMessageBytes) => {
    expect(faults({ topics: [{ name: 'orders', maxMessageBytes }] })).toEqual([
      `topic orders: maxMessageBytes is ${maxMessageBytes}, must be a whole number from 1024 to 1048576`,
    ]);
  });
});

describe('tags and encryption', () => {
  it.each([
    { tags: { 'aws:x': 'y' } },
    { tags: { '': 'y' } },
    { tags: { ['x'.repeat(129)]: 'y' } },
    { tags: { x: 'y'.repeat(257) } },
    { tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, ''])) },
    { encryption: { kmsKeyId: '' } },
  ])('are refused where AWS refuses them: %#', (parts) => {
    expect(faults({ topics: [{ name: 'orders', ...parts }] })).toHaveLength(1);
    expect(faults({ queues: [queue(parts)] })).toHaveLength(1);
  });

  it('are refused where SNS could not send to the queue', () => {
    expect(byKeyOfSqs([])).toEqual([]);
    expect(byKeyOfSqs([{ topic: ARN }])).toEqual([expect.stringContaining('SNS cannot use')]);
  });

  it('take a data key for a minute to a day', () => {
    expect([60, 86_400].map(reuse)).toEqual([[], []]);
    expect([59, 86_401].map(reuse)).toEqual([[expect.anything()], [expect.anything()]]);
  });
});

describe('mergeTopologies', () => {
  it('refuses a topic that is declared in two ways', () => {
    const [plain, tagged] = [{}, { tags: { team: 'a' } }].map((parts) =>
      defineTopology({ topics: [{ name: 'orders', ...parts }] }),
    );
    expect(plain && tagged && faultsOfMerging(plain, tagged)).toEqual([
      'topic orders: declared twice',
    ]);
  });

  it('takes a topic declared twice for one, and checks the whole', () => {
    const one = defineTopology({ topics: [{ name: 'orders' }], queues: [queue()] });
    const two = defineTopology({ topics: [{ name: 'orders' }], queues: [queue({ name: 'mail' })] });
    expect(mergeTopologies(one, two).topics).toEqual([{ name: 'orders' }]);
    expect(() => mergeTopologies(one, one)).toThrow('queue jobs: declared twice');
  });
});
