import type { MessageHandler } from '@nestjs/microservices';
import { awsSend } from '../../../src/transport/broker/aws/aws.send.js';
import { sqsQueues } from '../../../src/transport/broker/aws/sqs.queue.js';
import { systemClock } from '../../../src/transport/clock.js';
import { nativeCodec } from '../../../src/transport/codec/index.js';
import type { PayloadStore } from '../../../src/transport/codec/payload-store.js';
import { OutageLog } from '../../../src/transport/outage.log.js';
import { Sender } from '../../../src/transport/sender/sender.js';
import { BatchProcessor } from '../../../src/transport/server/handling/batch/batch.processor.js';
import type { BatchOptions } from '../../../src/transport/decorators/batch.options.js';
import { Acknowledger } from '../../../src/transport/server/settling/acknowledger.js';
import { DeadLetterQueue } from '../../../src/transport/server/settling/dead-letter.js';
import type { IdempotencyGuard } from '../../../src/transport/server/handling/idempotency.guard.js';
import { HandlerRegistry } from '../../../src/transport/server/handling/handler.registry.js';
import { HandlerInvoker } from '../../../src/transport/server/handling/handler.invoker.js';
import { LeaseRegistry } from '../../../src/transport/server/leases/lease.registry.js';
import { MessageProcessor } from '../../../src/transport/server/handling/message.processor.js';
import { MessageReader } from '../../../src/transport/server/handling/message.reader.js';
import {
  Settlement,
  type SettlementDependencies,
} from '../../../src/transport/server/settling/settlement.js';
import { FakeClock } from '../../../src/testing/fake-clock.js';
import { SlowestCall } from '../../../src/transport/server/leases/slowest.call.js';
import { VisibilityChanger } from '../../../src/transport/server/leases/visibility.changer.js';
import type { TransportObserver } from '../../../src/transport/index.js';
import type { BoundQueue } from '../../../src/transport/topology/index.js';
import { SNSClient } from '@aws-sdk/client-sns';
import { fakeSqs, takeAll, type SqsCall } from '../fake-sqs.js';

export const QUEUE_URL = 'https://sqs.eu-west-1.amazonaws.com/000000000000/jobs';

const quiet = new OutageLog(
  { warn: () => undefined, log: () => undefined },
  systemClock,
  'Calling',
);

export interface LineOptions extends Partial<
  Pick<SettlementDependencies, 'onPermanentError' | 'onFailure' | 'retry'>
> {
  readonly answer?: (call: SqsCall) => object | Promise<object>;
  readonly deadLetters?: boolean;
  readonly fifo?: boolean;
  readonly visibilityMs?: number;
  readonly payloads?: PayloadStore;
  readonly handlers?: Record<string, MessageHandler>;
  readonly events?: boolean;
  /** Every handler takes batches. */
  readonly batch?: BatchOptions;
  /** Requests are work that must be done. */
  readonly durable?: boolean;
  readonly guard?: IdempotencyGuard;
  readonly maxReceiveCount?: number;
}

/** What a settlement says: whether the message is deleted, or still on the queue. */
export const placeOf = async (settled: Promise<boolean>): Promise<'deleted' | 'on the queue'> =>
  (await settled) ? 'deleted' : 'on the queue';

/** Everything behind the dispatcher of one queue, on an SQS whose answers are the test's. */
export function line(options: LineOptions = {}) {
  const told: string[] = [];
  const observer: TransportObserver = {
    handled: ({ pattern }) => void told.push(`handled ${pattern}`),
    failed: ({ action }) => void told.push(`failed ${action}`),
    leaseLost: () => void told.push('lost'),
    deleteFailed: () => void told.push('not deleted'),
    acknowledged: ({ messages }) => void told.push(`acknowledged ${messages}`),
    requestExpired: () => void told.push('expired'),
  };
  const { sqs, calls } = fakeSqs(options.answer ?? takeAll);
  const openQueue = sqsQueues({ sqs, sqsPolling: sqs, sqsReplies: sqs });
  const queueOf = openQueue(QUEUE_URL);
  const leases = new LeaseRegistry({
    visibilityMs: options.visibilityMs ?? 30_000,
    maxLeaseMs: 3600_000,
    onLost: () => void told.push('lost'),
  });
  // By a clock that stands still: how busy the machine is decides about nothing.
  const slowest = new SlowestCall(new FakeClock(0));
  const settlement = new Settlement({
    queue: 'jobs',
    leases,
    acknowledger: new Acknowledger({
      queue: queueOf,
      lingerMs: 0,
      clock: systemClock,
      realTime: systemClock,
      outage: quiet,
      slowest,
    }),
    visibility: new VisibilityChanger({
      queue: queueOf,
      clock: systemClock,
      realTime: systemClock,
      outage: quiet,
      slowest,
    }),
    deadLetters:
      options.deadLetters === false
        ? undefined
        : new DeadLetterQueue(openQueue(`${QUEUE_URL}-dlq`), 'jobs', options.fifo ?? false),
    retry: options.retry ?? {},
    clock: systemClock,
    realTime: systemClock,
    onPermanentError: options.onPermanentError ?? 'deadLetter',
    onFailure: options.onFailure,
    maxReceiveCount: options.maxReceiveCount,
    observer,
  });
  const handlers = new HandlerRegistry();
  for (const [pattern, handler] of Object.entries(options.handlers ?? {}))
    handlers.add(pattern, handler, options.events ?? true, {
      batch: options.batch,
      durable: options.durable,
    });
  const queue: BoundQueue = {
    declaration: { name: 'jobs', patterns: ['job.*'] },
    url: QUEUE_URL,
    fifo: options.fifo ?? false,
    codec: nativeCodec,
    visibilityTimeoutS: 30,
    envelopes: 'unknown' as const,
    ...(options.maxReceiveCount !== undefined && { maxReceiveCount: options.maxReceiveCount }),
  };
  const shared = {
    queue,
    reader: new MessageReader(nativeCodec, options.payloads),
    handlers,
    settlement,
    invoker: new HandlerInvoker((_context, work) => work(), systemClock),
    clock: systemClock,
    observer,
  };
  const processor = new MessageProcessor({
    ...shared,
    batches: new BatchProcessor({
      ...shared,
      guard: options.guard,
      concurrency: 20,
    }),
    sender: new Sender(
      { send: awsSend({ sqs, snsIn: (region) => new SNSClient({ region }) }) },
      { lingerMs: 0 },
    ),
    replyQueuePrefix: 'weft-replies-',
  });
  const actions = (): string[] => calls.map(({ action }) => action);
  return { calls, actions, told, leases, handlers, settlement, processor, sqs };
}
