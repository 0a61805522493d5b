import { describe, expect, it } from '@jest/globals';
import {
  defineTopology,
  SnsSqsServer,
  type SnsSqsServerOptions,
} from '../../../src/transport/index.js';
import { AwsClients } from '../../../src/aws/index.js';

const topology = defineTopology({ queues: [{ name: 'billing', patterns: ['order.*'] }] });
const aws = new AwsClients({ region: 'us-east-1' });
const make = (options: Partial<SnsSqsServerOptions>): SnsSqsServer =>
  new SnsSqsServer({ topology, aws, ...options });

describe("the server's options", () => {
  it('are refused all at once, each with its range', () => {
    const faulty = {
      concurrency: 0,
      waitTimeS: 21,
      drainTimeoutMs: Number.NaN,
      retry: { baseS: -1 },
      replyQueuePrefix: '',
      consume: ['bililng'],
    };
    const failure = (() => {
      try {
        return make(faulty);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toMatchObject({
      code: 'WEFT_INVALID_OPTIONS',
      details: {
        faults: [
          'concurrency is 0, must be a whole number from 1 to 120000',
          'waitTimeS is 21, must be a whole number from 0 to 20',
          'drainTimeoutMs is NaN, must be a whole number from 0 to 43200000',
          'retry.baseS is -1, must be a whole number from 0 to 43200',
          'replyQueuePrefix is empty, as the value of an empty variable is: give it a text, or leave it out',
          'consume names the queue bililng, which the topology does not declare; it declares: billing',
        ],
      },
    });
  });

  it('hold at the ends of their ranges', () => {
    expect(() =>
      make({ concurrency: 120_000, waitTimeS: 0, drainTimeoutMs: 0, maxLeaseMs: 1, consume: [] }),
    ).not.toThrow();
  });

  it.each([0, 1.5, Number.NaN])(
    'a concurrency of %d is refused while running, too',
    (concurrency) => {
      expect(() => make({}).setConcurrency('billing', concurrency)).toThrow(
        'must be a whole number',
      );
    },
  );
});
