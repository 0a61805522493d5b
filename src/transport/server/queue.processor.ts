import type { OpenQueue } from '../broker/broker.queue.js';
import type { Clock } from '../clock.js';
import type { PayloadStore } from '../codec/payload-store.js';
import { digest } from '../idempotency/message-key.js';
import type { Sender } from '../sender/sender.js';
import { DEFAULT_CONCURRENCY, REPLY_QUEUE_PREFIX } from '../sns-sqs.constants.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue } from '../topology/index.js';
import { lastPart } from '../../common/resource-names.js';
import { BatchProcessor } from './handling/batch/batch.processor.js';
import { DeadLetterQueue } from './settling/dead-letter.js';
import type { FailurePolicyDependencies } from './settling/failure.policy.js';
import type { HandlerRegistry } from './handling/handler.registry.js';
import { IdempotencyGuard } from './handling/idempotency.guard.js';
import type { HandlerInvoker } from './handling/handler.invoker.js';
import { MessageProcessor } from './handling/message.processor.js';
import { MessageReader } from './handling/message.reader.js';
import type { MessageSettlement } from './settling/message.settlement.js';

/** The parts of a server that the pipeline of a queue needs. */
export interface QueueDependencies {
  readonly openQueue: OpenQueue;
  readonly payloads: PayloadStore | undefined;
  readonly sender: Sender;
  readonly clock: Clock;
  /**
   * The clock for batches and for closing: on a clock that a test holds still they would never end.
   *
   * @defaultValue the machine's clock
   */
  readonly realTime?: Clock;
  readonly handlers: HandlerRegistry;
  readonly invoker: HandlerInvoker;
  /**
   * Called with a queue's declared name and whether messages can be received from it; also when nothing has changed.
   */
  readonly onReceiving?: (queue: string, receiving: boolean) => void;
}

/**
 * The part of a queue's pipeline between receiving and settling, the same for polled messages and for those of a Lambda
 * event.
 */
export function queueProcessor(
  queue: BoundQueue,
  options: SnsSqsServerOptions,
  { payloads, sender, clock, handlers, invoker }: QueueDependencies,
  settlement: MessageSettlement,
): MessageProcessor {
  const { declaration, codec } = queue;
  const { observer } = options;
  const idempotency = declaration.idempotent === false ? undefined : options.idempotency;
  const shared = {
    queue,
    reader: new MessageReader(codec, payloads, idempotency && digest, {
      envelopes: queue.envelopes,
      envelopeTopics: queue.envelopeTopics,
      envelope: declaration.envelope,
      fallback: declaration.fallback,
    }),
    handlers,
    settlement,
    invoker,
    clock,
    observer,
    guard:
      idempotency &&
      new IdempotencyGuard({
        // Every process must handle a broadcast, so no process's work may count for the others.
        queue: declaration.broadcast ? lastPart(queue.url) : declaration.name,
        codec,
        options: idempotency,
        observer,
        clock,
      }),
  };
  return new MessageProcessor({
    ...shared,
    sender,
    replyQueuePrefix: options.replyQueuePrefix ?? REPLY_QUEUE_PREFIX,
    batches: new BatchProcessor({ ...shared, concurrency: concurrencyOf(queue, options) }),
  });
}

/** Messages of a queue in flight at once, until it is changed at run time. */
export const concurrencyOf = ({ declaration }: BoundQueue, options: SnsSqsServerOptions): number =>
  declaration.concurrency ?? options.concurrency ?? DEFAULT_CONCURRENCY;

/** The settings that decide about a queue's failed messages. */
export function failureParts(
  { declaration: { name, onFailure, broadcast }, deadLetterUrl, fifo }: BoundQueue,
  { onPermanentError = 'deadLetter', observer }: SnsSqsServerOptions,
  { openQueue }: QueueDependencies,
): FailurePolicyDependencies {
  // A message left on a broadcast queue would only be received by this process, and fail again until it expires.
  const discarded = broadcast && deadLetterUrl === undefined && onPermanentError === 'deadLetter';
  return {
    queue: name,
    deadLetters:
      deadLetterUrl === undefined
        ? undefined
        : new DeadLetterQueue(openQueue(deadLetterUrl), name, fifo),
    onPermanentError: discarded ? 'discard' : onPermanentError,
    onFailure,
    observer,
  };
}
