import { naiveRequest } from './contenders/naive-request.js';
import { nestjsSqs } from './contenders/nestjs-sqs.js';
import {
  sqsConsumerBatch,
  sqsConsumerSingle,
  sqsProducer,
  sqsProducerBulk,
} from './contenders/peers.js';
import { bareConsume, barePublish, tunedConsume, tunedPublish } from './contenders/sdk.js';
import { undiciConsume, undiciPublish } from './contenders/undici.js';
import { weftPublish, weftRequest } from './contenders/weft-client.js';
import { weftConsume } from './contenders/weft.js';
import type { Throughput } from './throughput.js';

const SMALL_BYTES = 284;
/**
 * Messages until V8 has compiled what a contender runs all day. The more code it has the longer that takes: before,
 * the compiler is much of what is measured, which `consume-first` shows.
 */
const STEADY_AFTER = 60_000;
/** A service that answers a hundred requests side by side. */
const SENDS_UNDER_WAY = 100;
const BULK = 100;
const BULKS_UNDER_WAY = 8;

const consume = {
  what: 'messages received, handled and deleted',
  filled: true,
  bodyBytes: SMALL_BYTES,
  rounds: 3,
};
const send = { filled: false, bodyBytes: SMALL_BYTES, rounds: 3 };
const everyone = [
  bareConsume,
  tunedConsume,
  undiciConsume,
  weftConsume(),
  weftConsume({ name: 'Weft, batch handler', batch: true }),
  sqsConsumerBatch,
  sqsConsumerSingle,
  nestjsSqs,
];
/** What the default of 80 in flight, as many as the bare loop has with eight polls of ten, is measured against. */
const weftNarrow = weftConsume({ name: 'Weft, 20 in flight', concurrency: 20 });
const waiting = [
  bareConsume,
  weftConsume(),
  weftNarrow,
  sqsConsumerBatch,
  sqsConsumerSingle,
  nestjsSqs,
];
const ordered = [bareConsume, weftConsume(), sqsConsumerBatch];

/** The cases that count what a message costs; those with a goal first. */
export const THROUGHPUT: readonly Throughput[] = [
  {
    ...consume,
    name: 'consume',
    messages: 120_000,
    warmUp: STEADY_AFTER,
    contenders: everyone,
  },
  {
    ...consume,
    name: 'consume-first',
    what: 'the first messages of a process: received, handled and deleted',
    messages: 15_000,
    warmUp: 1000,
    contenders: [bareConsume, tunedConsume, weftConsume(), sqsConsumerSingle],
  },
  {
    ...send,
    name: 'publish',
    what: 'messages sent to a queue, one by one',
    messages: 100_000,
    warmUp: STEADY_AFTER,
    contenders: [
      barePublish,
      tunedPublish,
      undiciPublish,
      weftPublish(SENDS_UNDER_WAY),
      sqsProducer(SENDS_UNDER_WAY),
    ],
  },
  {
    ...send,
    name: 'request-1',
    what: 'requests answered, one at a time',
    messages: 1000,
    warmUp: 250,
    rounds: 5,
    contenders: [naiveRequest(1), weftRequest(1)],
  },
  {
    ...send,
    name: 'request-64',
    what: 'requests answered, 64 at once',
    messages: 10_000,
    warmUp: 2000,
    rounds: 5,
    contenders: [{ ...naiveRequest(64), share: 0.1 }, weftRequest(64)],
  },
  {
    ...consume,
    name: 'queues',
    what: 'messages of several queues consumed by one process',
    messages: 24_000,
    warmUp: 6000,
    contenders: [1, 4, 16, 64].map((queues) =>
      weftConsume({ name: `Weft, ${queues} ${queues === 1 ? 'queue' : 'queues'}`, queues }),
    ),
  },
  {
    ...consume,
    name: 'in-flight',
    what: 'messages handled while as many others are in flight',
    messages: 24_000,
    warmUp: 6000,
    contenders: [10, 100, 1000, 10_000].map((held) =>
      weftConsume({ name: `Weft, ${held} in flight`, held }),
    ),
  },
  {
    ...consume,
    name: 'features',
    messages: 20_000,
    warmUp: 5000,
    contenders: [
      bareConsume,
      weftConsume(),
      weftConsume({ name: 'Weft with validation', validation: true }),
      weftConsume({ name: 'Weft with idempotency', idempotency: true }),
      weftConsume({ name: 'Weft with tracing', tracing: true }),
    ],
  },
  {
    ...consume,
    name: 'consume-10k',
    bodyBytes: 10_000,
    messages: 8000,
    warmUp: 2000,
    contenders: everyone,
  },
  {
    ...consume,
    name: 'consume-200k',
    bodyBytes: 200_000,
    messages: 600,
    warmUp: 200,
    contenders: everyone,
  },
  {
    ...consume,
    name: 'handler-5ms',
    handlerMs: 5,
    messages: 6000,
    warmUp: 1500,
    contenders: waiting,
  },
  {
    ...consume,
    name: 'handler-50ms',
    handlerMs: 50,
    messages: 1000,
    warmUp: 300,
    contenders: waiting,
  },
  { ...consume, name: 'fifo-1', groups: 1, messages: 500, warmUp: 100, contenders: ordered },
  { ...consume, name: 'fifo-10', groups: 10, messages: 3000, warmUp: 600, contenders: ordered },
  {
    ...consume,
    name: 'fifo-1000',
    groups: 1000,
    messages: 10_000,
    warmUp: 2000,
    contenders: ordered,
  },
  {
    ...send,
    name: 'publish-bulk',
    what: 'messages sent to a queue, many at a time',
    messages: 30_000,
    warmUp: 6000,
    contenders: [
      barePublish,
      weftPublish(BULK * BULKS_UNDER_WAY),
      sqsProducerBulk(BULK, BULKS_UNDER_WAY),
    ],
  },
];
