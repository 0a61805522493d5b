import { describe, expect, it } from '@jest/globals';
import { defineTopology, InvalidOptionsError, SnsSqsClient } from '../../../src/transport/index.js';

const topology = defineTopology({ queues: [{ name: 'sums', patterns: ['sum'] }] });
const aws = { region: 'eu-central-1' };
const build = (options: object): SnsSqsClient => new SnsSqsClient({ topology, aws, ...options });

describe('options of a client', () => {
  it.each([
    [{ serializer: {} }, 'serializer is not an option: bodies are written and read by codecs'],
    [{ deserializer: {} }, 'deserializer is not an option: bodies are written and read by codecs'],
    [{ headers: {} }, 'headers is not an option: attributes are given with a record'],
    [{ requestTimeout: 5 }, 'requestTimeout is not an option: the options are topology, aws,'],
    [{ topology: undefined }, 'topology is missing'],
    [{ aws: undefined }, 'aws is missing'],
    [{ aws: { region: 'eu central 1' } }, "aws.region is 'eu central 1': give the region"],
    [{ aws: 'eu-central-1' }, 'aws is string, must be an object'],
    [{ provision: 'yes' }, "provision is 'yes', must be"],
    [{ requestTimeoutMs: 0 }, 'requestTimeoutMs is 0, must be a whole number from 1'],
    [{ requestTimeoutMs: Number.NaN }, 'requestTimeoutMs is NaN'],
    [{ lingerMs: -1 }, 'lingerMs is -1'],
    [{ maxWaitingMessages: 0 }, 'maxWaitingMessages is 0'],
    [{ maxWaitingBytes: 0.5 }, 'maxWaitingBytes is 0.5'],
    [{ closeTimeoutMs: -1 }, 'closeTimeoutMs is -1'],
    [{ replyQueuePrefix: '' }, 'replyQueuePrefix is ""'],
    [{ replyQueuePrefix: 'a b' }, 'replyQueuePrefix is "a b"'],
    [{ replyQueue: 'my-answers' }, 'must begin with the replyQueuePrefix "weft-replies-"'],
    [
      { replyQueue: 'https://sqs.eu-central-1.amazonaws.com/111122223333/my-answers' },
      'must begin with the replyQueuePrefix "weft-replies-"',
    ],
  ])('are refused by name: %j', (options, why) => {
    expect(() => build(options)).toThrow(InvalidOptionsError);
    expect(() => build(options)).toThrow(why);
  });

  it('are all named at once', () => {
    expect(() => build({ lingerMs: -1, urls: [] })).toThrow(
      /urls is not an option.*\n.*lingerMs is -1/,
    );
  });

  it.each([
    [{}],
    [{ replyQueue: 'weft-replies-of-billing' }],
    [{ replyQueuePrefix: 'answers-', replyQueue: 'https://localhost/0/answers-1' }],
    [{ observer: undefined, lingerMs: 0 }],
  ])('are taken: %j', (options) => {
    expect(() => build(options)).not.toThrow();
  });
});
