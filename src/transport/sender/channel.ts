import { PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import {
  SendMessageBatchCommand,
  type MessageSystemAttributeValue,
  type SQSClient,
} from '@aws-sdk/client-sqs';

import { isTransient, type AwsClients } from '../../aws/index.js';
import { SendFailedError } from '../errors/index.js';
import { batchOutcomes, withIds } from '../call-batching/batch-answer.js';
import { EntryBatcher, type EntryOutcome } from '../call-batching/entry-batcher.js';
import { MAX_BATCH_ENTRIES, SNS_MAX_BYTES, SQS_MAX_BYTES } from '../sns-sqs.constants.js';
import { watchCalls } from '../observing/watch-calls.js';
import { regionOf } from '../topology/declare/arn.js';
import type { Destination } from '../topology/index.js';
import { lastPart } from '../topology/declare/names.js';
import { SYSTEMS, traceCall } from '../tracing/message-tracing.js';
import { X_RAY_ATTRIBUTE, xRayHeader } from '../tracing/x-ray.js';
import type { TransportObserver } from '../transport.observer.js';
import type { OutgoingMessage } from './outgoing-message.js';

export type ChannelClients = Pick<AwsClients, 'snsIn' | 'sqs'>;

export interface ChannelOptions {
  /** Milliseconds a message waits for company while a call is under way. */
  readonly lingerMs: number;
  readonly observer?: TransportObserver | undefined;
  /** What the names of all destinations have in common, where there is one for each process there ever was. */
  readonly temporary?: string;
}

// Enough to keep a connection pool busy, few enough that what waits meanwhile fills whole batches.
const MAX_CALLS = 8;
const MAX_ATTEMPTS = 4;
const RETRY_BASE_MS = 100;

/** What a message is sent to. */
export type Address = Omit<Destination, 'codec'>;

/** Bytes one call to a destination takes, and one message as well. */
export const maxBytes = ({ kind, maxMessageBytes }: Address): number =>
  maxMessageBytes ?? (kind === 'topic' ? SNS_MAX_BYTES : SQS_MAX_BYTES);

/** The batcher of one destination. */
export function openChannel(
  destination: Address,
  clients: ChannelClients,
  { lingerMs, observer, temporary }: ChannelOptions,
): EntryBatcher<OutgoingMessage> {
  const { kind, address, fifo } = destination;
  const watched = watchCalls(observer, {
    operation: 'send',
    system: SYSTEMS[kind],
    destination: temporary ?? lastPart(address),
    temporary: temporary !== undefined,
  });
  const send =
    kind === 'topic'
      ? publishBatch(clients.snsIn(regionOf(address)), address, fifo)
      : sendBatch(clients.sqs, address, fifo);
  return new EntryBatcher({
    send: (messages) =>
      watched(() => traceCall({ kind, address }, messages, () => readably(kind, send, messages))),
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
  });
}

/** A proxy may answer 200 with a page of its own: nobody knows what became of the messages, and trying again finds out. */
async function readably(
  kind: Destination['kind'],
  send: SendBatch,
  messages: readonly OutgoingMessage[],
): Promise<EntryOutcome[]> {
  try {
    return await send(messages);
  } catch (cause) {
    if (!(cause instanceof Error) || !isUnreadable(cause)) throw cause;
    throw new SendFailedError(
      `The answer of ${kind === 'topic' ? 'SNS' : 'SQS'} cannot be read: ${cause.message}. Look at what stands between this process and AWS`,
      { cause },
    );
  }
}

/** The SDK attaches an answer that it cannot parse; what AWS itself says has a fault as well. */
const isUnreadable = (error: Error): boolean => '$response' in error && !('$fault' in error);

type SendBatch = (messages: readonly OutgoingMessage[]) => Promise<EntryOutcome[]>;

function publishBatch(sns: SNSClient, topicArn: string, fifo: boolean): SendBatch {
  return async (messages) => {
    const entries = messages.map(({ id, body, attributes, subject, group }) => ({
      Message: body,
      MessageAttributes: attributes,
      Subject: subject,
      ...ordering(id, group, fifo),
    }));
    const answer = await sns.send(
      new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: withIds(entries) }),
    );
    return batchOutcomes(messages.length, answer, 'PublishBatch');
  };
}

function sendBatch(sqs: SQSClient, queueUrl: string, fifo: boolean): SendBatch {
  return async (messages) => {
    const entries = messages.map(({ id, body, attributes, group, delayS }) => ({
      MessageBody: body,
      MessageAttributes: attributes,
      DelaySeconds: delayS,
      MessageSystemAttributes: xRayAttributes(attributes),
      ...ordering(id, group, fifo),
    }));
    const answer = await sqs.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: withIds(entries) }),
    );
    return batchOutcomes(messages.length, answer, 'SendMessageBatch');
  };
}

/** Without a trace undefined, which the SDK leaves out. */
function xRayAttributes(
  attributes: OutgoingMessage['attributes'],
): Record<typeof X_RAY_ATTRIBUTE, MessageSystemAttributeValue> | undefined {
  const { traceparent } = attributes;
  if (traceparent === undefined || !('StringValue' in traceparent)) return undefined;
  const header = xRayHeader(traceparent.StringValue);
  return header === undefined
    ? undefined
    : { [X_RAY_ATTRIBUTE]: { DataType: 'String', StringValue: header } };
}

/**
 * A standard queue takes a group as well, to share its consumers fairly, but refuses a deduplication id.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
const ordering = (
  id: string,
  group: string | undefined,
  fifo: boolean,
): { MessageGroupId: string | undefined; MessageDeduplicationId: string | undefined } => ({
  MessageGroupId: group,
  MessageDeduplicationId: fifo && group !== undefined ? id : undefined,
});
