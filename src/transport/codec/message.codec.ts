import type { Compression } from './compression/encodings.js';

/** One SNS/SQS message attribute. */
export type MessageAttribute = TextAttribute | BinaryAttribute;

/** An attribute that is text on the wire, whatever its type. */
export interface TextAttribute {
  /** SNS filters `String.Array` by its items; SQS only carries it. */
  readonly type: 'String' | 'Number' | 'String.Array';
  /** Not empty; of a `String.Array` its JSON. */
  readonly value: string;
}

/** An attribute of bytes. */
export interface BinaryAttribute {
  /** What AWS calls it. */
  readonly type: 'Binary';
  /** Not empty. */
  readonly value: Uint8Array;
}

/** What a codec writes: one message before it has a body. */
export interface OutgoingPacket {
  /** The message's own id, fixed before the first attempt; also its deduplication id. */
  readonly id: string;
  /** As it was given to `emit` or `send`; objects in Nest's normal form. */
  readonly pattern: string;
  /** As it was given to `emit` or `send`. */
  readonly data: unknown;
  /** Of the message whose handler sends this; outside of a handler the message's own id. */
  readonly correlationId: string;
}

/** What goes over the wire. */
export interface EncodedMessage {
  /** Not empty. Over the limit of the destination it goes to the payload bucket. */
  readonly body: string;
  /** At most 10 with the transport's own and the record's. */
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** SNS subject; ignored when the message goes straight to a queue. */
  readonly subject?: string;
}

/** A message as a codec sees it: the SNS envelope and the claim-check are already undone. */
export interface ReceivedMessage {
  /** The id SQS gave it. */
  readonly messageId: string;
  /** What the publisher wrote. */
  readonly body: string;
  /** As text, but for those of the type Binary; those of the SNS envelope included. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Attributes of the type Binary; those of the SNS envelope included. @defaultValue none */
  readonly binaryAttributes?: ReadonlyMap<string, Uint8Array>;
  /** What the queue declares for a message that no other handler takes: the pattern of one that names none. @defaultValue none */
  readonly fallback?: string | undefined;
}

/** What a codec reads. */
export interface DecodedMessage {
  /** Finds the handler. */
  readonly pattern: string;
  /** What the handler's `@Payload()` gets, before its pipes. */
  readonly data: unknown;
  /** The message's own id, by which an idempotency store knows it again. @defaultValue the id SQS gave it */
  readonly id?: string | undefined;
  /** Of the work the message belongs to. @defaultValue the message's id */
  readonly correlationId?: string | undefined;
  /**
   * What its format says beside pattern and data, for `context.header`: the attributes of a CloudEvent, or the fields of
   * an EventBridge event beside its detail. @defaultValue none
   */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Where no handler takes it, it is acknowledged and not dead-lettered. @defaultValue false */
  readonly optional?: boolean;
  /** The W3C trace context in its body: that of its attributes goes before it. @defaultValue none */
  readonly trace?: { readonly traceparent: string; readonly tracestate?: string };
}

/**
 * Reads messages of a queue, for formats that are received and never sent. Stateless and shared.
 *
 * @example
 * const plainOrders: MessageDecoder = {
 *   name: 'plain orders',
 *   decode: ({ body }) => ({ pattern: 'order.placed', data: parseJson(body) }),
 * };
 */
export interface MessageDecoder {
  /** Named in errors and logs. */
  readonly name: string;
  /** Set by `compressed()`: what the transport compresses, and inflates before `decode`. @defaultValue none */
  readonly compression?: Compression;
  /** Reads one message. @throws InvalidMessageError for what it cannot read, which is then dead-lettered; another error is retried. */
  decode(message: ReceivedMessage): DecodedMessage;
  /**
   * Whether the same body again is the same message again. Asked where an
   * idempotency store is configured.
   *
   * @defaultValue no: messages are identified by the id in their body, or else by the one SQS gives them
   */
  identifiesByBody?(message: DecodedMessage): boolean;
}

/**
 * Turns packets into bodies and attributes and back. Stateless and shared.
 *
 * @example
 * const plainOrders: MessageCodec = {
 *   name: 'plain orders',
 *   encode: ({ data }) => ({ body: wireJson(data), attributes: {} }),
 *   decode: ({ body }) => ({ pattern: 'order.placed', data: parseJson(body) }),
 * };
 */
export interface MessageCodec extends MessageDecoder {
  /** Writes one message to send. @throws InvalidRecordError for what it does not send; `emit` and `send` fail with it. */
  encode(packet: OutgoingPacket): EncodedMessage;
}
