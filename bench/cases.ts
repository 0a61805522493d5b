import type { Contender } from './contender.js';
import { bareConsume, barePublish } from './contenders/bare-sdk.js';
import { naiveRequest } from './contenders/naive-request.js';
import { nestjsSqs, sqsConsumerBatch, sqsConsumerSingle, sqsProducer } from './contenders/peers.js';
import { weftConsume, weftPublish, weftRequest } from './contenders/weft.js';

/** One thing that is measured. */
export interface BenchCase {
  readonly name: string;
  readonly what: string;
  /** Whether the queue is filled before the contender starts. */
  readonly filled: boolean;
  readonly bodyBytes: number;
  /** Share of the messages that warms the process up. */
  readonly messages: number;
  /** The first is what the others are compared to. */
  readonly contenders: readonly Contender[];
}

const SMALL_BODY_BYTES = 284;

export const CASES: readonly BenchCase[] = [
  {
    name: 'consume',
    what: 'messages received, handled and deleted',
    filled: true,
    bodyBytes: SMALL_BODY_BYTES,
    messages: 10_000,
    contenders: [bareConsume, weftConsume, sqsConsumerBatch, sqsConsumerSingle, nestjsSqs],
  },
  {
    name: 'consume-10k',
    what: 'messages of 10 kB received, handled and deleted',
    filled: true,
    bodyBytes: 10_000,
    messages: 4000,
    contenders: [bareConsume, weftConsume, sqsConsumerBatch, sqsConsumerSingle],
  },
  {
    name: 'publish',
    what: 'messages sent to a queue',
    filled: false,
    bodyBytes: SMALL_BODY_BYTES,
    messages: 10_000,
    contenders: [barePublish, weftPublish, sqsProducer],
  },
  {
    name: 'request-1',
    what: 'requests answered, one at a time',
    filled: false,
    bodyBytes: SMALL_BODY_BYTES,
    messages: 500,
    contenders: [naiveRequest(1), weftRequest(1)],
  },
  {
    name: 'request-64',
    what: 'requests answered, 64 at once',
    filled: false,
    bodyBytes: SMALL_BODY_BYTES,
    messages: 3000,
    contenders: [naiveRequest(64), weftRequest(64)],
  },
];
