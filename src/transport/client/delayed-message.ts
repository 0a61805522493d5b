import type { OutgoingMessage } from '../broker/broker.js';
import type { WireAttribute } from '../broker/broker.js';
import { MAX_DELAY_S } from '../sns-sqs.constants.js';
import type { SnsSqsRecordOptions } from '../record/sns-sqs.record.js';
import type { Destination } from '../topology/index.js';

/** A message kept until it is due: ready to be sent, as JSON. */
export interface DelayedMessage {
  /** The message's own id; the same id and pattern are the same message. */
  readonly id: string;
  /** Finds its destination, when it is due. */
  readonly pattern: string;
  /** As its codec wrote it. */
  readonly body: string;
  /** Values of the type Binary are in base64. */
  readonly attributes: Readonly<Record<string, { readonly type: string; readonly value: string }>>;
  /** SNS subject. @defaultValue none */
  readonly subject?: string;
  /** FIFO message group. @defaultValue none */
  readonly group?: string;
}

/**
 * Where a client keeps messages until they are due, such as a collection of documents. A kept message must survive the
 * process, and any process may send it when it is due.
 *
 * @example
 * SnsSqsModule.forRootAsync({
 *   inject: [DelayedMessages],
 *   useFactory: (delays: DelayedMessages) => ({ topology, aws, client: { delays } }),
 * });
 */
export interface DelayedMessageStore {
  /**
   * Keeps a message. Once this resolves, the message is sent at least once when it is due. Keeping the same message
   * again changes nothing.
   */
  keep(message: DelayedMessage, dueAt: Date): Promise<void>;
  /** Removes the messages of an id. @returns true if there were any and none of them will be sent. */
  cancel(id: string): Promise<boolean>;
  /**
   * Called by the client's constructor with the function that sends a due message. When that rejects, the message is
   * retried later.
   */
  onDue(send: (message: DelayedMessage) => Promise<void>): void;
}

/** The part of a delay that SQS does, and until when a store keeps the message, if it does. */
interface PlannedDelay {
  readonly options: SnsSqsRecordOptions;
  readonly dueAt: Date | undefined;
}

/** @param canKeep false without a store: the whole delay is left to SQS, which refuses one it cannot do. */
export function planDelay(
  { delayS, dueAt, ...others }: SnsSqsRecordOptions,
  { kind, fifo }: Pick<Destination, 'kind' | 'fifo'>,
  nowMs: number,
  canKeep: boolean,
): PlannedDelay {
  const seconds = dueAt ? secondsUntil(dueAt, nowMs) : delayS;
  if (seconds === undefined) return { options: others, dueAt: undefined };
  const native = kind === 'queue' && !fifo && seconds <= MAX_DELAY_S;
  return native || !canKeep
    ? { options: { ...others, delayS: seconds }, dueAt: undefined }
    : { options: others, dueAt: dueAt ?? new Date(nowMs + seconds * 1000) };
}

/** Undefined for a time that has passed: the message is sent at once, to any destination. */
function secondsUntil(dueAt: Date, nowMs: number): number | undefined {
  const seconds = Math.ceil((dueAt.getTime() - nowMs) / 1000);
  return seconds > 0 ? seconds : undefined;
}

/** The message as JSON. */
export function toDelayed(
  pattern: string,
  { id, body, attributes, subject, group }: OutgoingMessage,
): DelayedMessage {
  return {
    id,
    pattern,
    body,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, attribute]) => [name, asText(attribute)]),
    ),
    ...(subject !== undefined && { subject }),
    ...(group !== undefined && { group }),
  };
}

/** The reverse of `toDelayed`. */
export function fromDelayed(message: DelayedMessage): OutgoingMessage {
  const { id, body, attributes, subject, group } = message;
  return {
    id,
    body,
    subject,
    group,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, attribute]) => [name, asWire(attribute)]),
    ),
  };
}

const BINARY = 'Binary';

const asText = (attribute: WireAttribute): { type: string; value: string } => ({
  type: attribute.DataType,
  value:
    'StringValue' in attribute
      ? attribute.StringValue
      : Buffer.from(attribute.BinaryValue).toString('base64'),
});

const asWire = ({
  type,
  value,
}: {
  readonly type: string;
  readonly value: string;
}): WireAttribute =>
  type === BINARY
    ? { DataType: type, BinaryValue: new Uint8Array(Buffer.from(value, 'base64')) }
    : { DataType: type, StringValue: value };
