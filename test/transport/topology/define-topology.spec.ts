import { describe, expect, it } from '@jest/globals';
import { TopologyError } from '../../../src/transport/errors/index.js';
import { defineTopology, mergeTopologies, type Topology } from '../../../src/transport/index.js';

/** The faults named for a topology. */
function faults(parts: Partial<Topology>): unknown {
  try {
    defineTopology(parts);
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
    expect(() => defineTopology(parts)).toThrow(
      /does not hold:\n {2}topic a b.*\n {2}topic orders/,
    );
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
    [{ topics: [{ name: 'arn:aws:sns:r:1:orders.fifo', fifo: false }] }],
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
      'queue https://host/1/q: is a broadcast, of which each process makes its own queue: it has no URL',
      'queue a.fifo: onFailure is skip, which needs a dead-letter queue',
      'route job.*: goes to jobs, a broadcast: every process has a queue of it, so name its topic',
    ]);
  });

  it('takes what belongs to others by URL and ARN', () => {
    const topic = 'arn:aws:sns:r:1:orders';
    const url = 'https://sqs.r.amazonaws.com/1/theirs';
    expect(
      faults({
        queues: [queue({ from: [{ topic }] }), queue({ name: url })],
        routes: [
          { patterns: ['a'], topic },
          { patterns: ['b'], queue: url },
        ],
      }),
    ).toEqual([]);
  });
});

describe('mergeTopologies', () => {
  it('takes a topic declared twice for one, and checks the whole', () => {
    const one = defineTopology({ topics: [{ name: 'orders' }], queues: [queue()] });
    const two = defineTopology({ topics: [{ name: 'orders' }], queues: [queue({ name: 'mail' })] });
    expect(mergeTopologies(one, two).topics).toEqual([{ name: 'orders' }]);
    expect(() => mergeTopologies(one, one)).toThrow('queue jobs: declared twice');
  });
});
