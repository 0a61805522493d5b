import type { OutgoingMessage } from '../broker/broker.js';
import type { WireAttribute } from '../codec/attributes.js';
import { MAX_DELAY_S } from '../sns-sqs.constants.js';
import type { SnsSqsRecordOptions } from '../record/sns-sqs.record.js';
import type { Destination } from '../topology/index.js';

/** A message as it is kept until it is due: ready to be sent, and JSON. */
export interface DelayedMessage {
  /** The message's own id; the same id and pattern are the same message. */
  readonly id: string;
  /** Finds its destination, when it is due. */
  readonly pattern: string;
  /** As its codec wrote it. */
  readonly body: string;
  /** Those of the type Binary in base64. */
  readonly attributes: Readonly<Record<string, { readonly type: string; readonly value: string }>>;
  /** SNS subject. @defaultValue none */
  readonly subject?: string;
  /** FIFO message group. @defaultValue none */
  readonly group?: string;
}

/**
 * Where a client keeps messages until they are due, such as a collection of documents. What it has taken must survive the
 * process, and be sent by whichever process is there when it is due.
 *
 * @example
 * SnsSqsModule.forRootAsync({
 *   inject: [DelayedMessages],
 *   useFactory: (delays: DelayedMessages) => ({ topology, aws, client: { delays } }),
 * });
 */
export interface DelayedMessageStore {
  /**
   * Keeps a message. Once it resolves, the message is sent when it is due, at least once. The same message again changes
   * nothing.
   */
  keep(message: DelayedMessage, dueAt: Date): Promise<void>;
  /** Takes messages of an id out. @returns whether there were any, and none of them will be sent. */
  cancel(id: string): Promise<boolean>;
  /** Called by the client as it is made: how a message that is due is sent. What it rejects with is tried again later. */
  onDue(send: (message: DelayedMessage) => Promise<void>): void;
}

/** What SQS is to do of a record, and until when a store is to keep it, if it is. */
export interface PlannedDelay {
  readonly options: SnsSqsRecordOptions;
  readonly dueAt: Date | undefined;
}

/** @param canKeep without a store everything is asked of SQS, which refuses what it cannot do. */
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

/** None for a time that is past: the message goes out at once, whatever it goes to. */
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

/** What `toDelayed` was given. */
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
