import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TopologyError } from '../../../src/transport/errors/index.js';
import { bindTopology, defineTopology } from '../../../src/transport/topology/index.js';
import { TestStack, unique } from '../../support/transport.js';

let stack: TestStack;
beforeAll(async () => {
  stack = await TestStack.start();
});
afterAll(() => stack.stop());

const names = () => ({ topic: unique('orders'), queue: unique('billing') });

describe('bindTopology', () => {
  it('finds nothing to mend in what it has created, and creating again changes nothing', async () => {
    const { topic, queue } = names();
    const topology = defineTopology({
      topics: [{ name: topic }],
      queues: [{ name: queue, patterns: ['order.*'], from: [{ topic }] }],
      routes: [{ patterns: ['order.*'], topic }],
    });
    await bindTopology(topology, stack.aws, 'create');
    await bindTopology(topology, stack.aws, 'create');
    const bound = await bindTopology(topology, stack.aws, 'verify');
    expect(bound.queue(queue)).toMatchObject({ maxReceiveCount: 5, visibilityTimeoutS: 30 });
    expect(bound.destination('order.placed').address).toBe(bound.topicArns.get(topic));
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
      ]);
    },
  );
});
