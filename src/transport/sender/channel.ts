import type { OutgoingMessage, SendMessages } from '../broker/broker.js';
import { isTransient } from '../broker/broker.errors.js';
import type { Clock } from '../clock.js';
import { SendFailedError } from '../errors/index.js';
import { EntryBatcher } from '../call-batching/entry-batcher.js';
import { MAX_BATCH_ENTRIES, SNS_MAX_BYTES, SQS_MAX_BYTES } from '../sns-sqs.constants.js';
import { watchCalls } from '../observing/watch-calls.js';
import type { Destination } from '../topology/index.js';
import { lastPart } from '../../common/resource-names.js';
import { SYSTEMS, traceCall } from '../tracing/message-tracing.js';
import type { TransportObserver } from '../transport.observer.js';

export interface ChannelOptions {
  /** Milliseconds a message waits for others while a call is in flight. */
  readonly lingerMs: number;
  readonly observer?: TransportObserver | undefined;
  /** Times the linger and the pauses before retries. @defaultValue the machine's clock */
  readonly clock?: Clock;
  /** Common prefix of the destinations' names, if each process has one of its own. */
  readonly temporary?: string;
}

// Enough to keep a connection pool busy, and few enough that waiting messages fill whole batches.
const MAX_CALLS = 8;
const MAX_ATTEMPTS = 4;
const RETRY_BASE_MS = 100;

/** The topic or queue a message is sent to. */
export type Address = Omit<Destination, 'codec'>;

/** Maximum bytes of one call to a destination, and of one message. */
export const maxBytes = ({ kind, maxMessageBytes }: Address): number =>
  maxMessageBytes ?? (kind === 'topic' ? SNS_MAX_BYTES : SQS_MAX_BYTES);

/** The batcher of one destination. */
export function openChannel(
  destination: Address,
  send: SendMessages,
  { lingerMs, observer, temporary, clock }: ChannelOptions,
): EntryBatcher<OutgoingMessage> {
  const { kind, address, fifo } = destination;
  const watched = watchCalls(observer, {
    operation: 'send',
    system: SYSTEMS[kind],
    destination: temporary ?? lastPart(address),
    temporary: temporary !== undefined,
  });
  const to = { kind, address, fifo };
  return new EntryBatcher({
    send: (messages) => watched(() => traceCall(to, messages, () => send(to, messages))),
    retryable: (error) =>
      isTransient(error) || (error instanceof SendFailedError && error.retryable),
    maxBytes: maxBytes(destination),
    maxEntries: MAX_BATCH_ENTRIES,
    lingerMs,
    eager: true,
    maxCalls: fifo ? 1 : MAX_CALLS,
    ...(fifo && { groupOf: ({ group }) => group }),
    maxAttempts: MAX_ATTEMPTS,
    retryBaseMs: RETRY_BASE_MS,
    ...(clock && { clock }),
  });
}
