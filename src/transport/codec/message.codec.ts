import type { Compression } from './compression/encodings.js';

/** One SNS/SQS message attribute. */
export type MessageAttribute = TextAttribute | BinaryAttribute;

/** An attribute whose value is text on the wire. */
export interface TextAttribute {
  /** SNS filters `String.Array` by its items; SQS only carries it. */
  readonly type: 'String' | 'Number' | 'String.Array';
  /** Not empty; JSON for a `String.Array`. */
  readonly value: string;
}

/** An attribute of bytes. */
export interface BinaryAttribute {
  /** AWS's name of the type. */
  readonly type: 'Binary';
  /** Not empty. */
  readonly value: Uint8Array;
}

/** The input of `encode`: a message before it has a body. */
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

/** The output of `encode`: the message as it is sent. */
export interface EncodedMessage {
  /** Not empty. A body over the destination's limit is offloaded to the payload bucket. */
  readonly body: string;
  /** At most 10, including those of the transport and of the record. */
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** SNS subject; ignored when the message goes straight to a queue. */
  readonly subject?: string;
}

/** The input of `decode`: a message out of its SNS envelope, with its offloaded body fetched. */
export interface ReceivedMessage {
  /** The id SQS gave it. */
  readonly messageId: string;
  /** The body the publisher wrote. */
  readonly body: string;
  /** Attributes other than Binary, as text; includes those of the SNS envelope. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Attributes of the type Binary; includes those of the SNS envelope. @defaultValue none */
  readonly binaryAttributes?: ReadonlyMap<string, Uint8Array>;
  /** The queue's `fallback`: the pattern for messages that name none. @defaultValue none */
  readonly fallback?: string | undefined;
}

/** The output of `decode`. */
export interface DecodedMessage {
  /** Selects the handler. */
  readonly pattern: string;
  /** The handler's `@Payload()`, before its pipes. */
  readonly data: unknown;
  /** The message's own id, by which an idempotency store recognises it. @defaultValue the id SQS gave it */
  readonly id?: string | undefined;
  /** Of the work the message belongs to. @defaultValue the message's id */
  readonly correlationId?: string | undefined;
  /**
   * Further fields of its format, for `context.header`: the attributes of a CloudEvent, or the fields of an EventBridge
   * event besides its detail. @defaultValue none
   */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Whether the message is acknowledged, not dead-lettered, if no handler takes it. @defaultValue false */
  readonly optional?: boolean;
  /** The W3C trace context in its body; that of its attributes takes precedence. @defaultValue none */
  readonly trace?: { readonly traceparent: string; readonly tracestate?: string };
}

/**
 * Reads the messages of a queue; by itself for formats that are only received. Stateless and shared.
 *
 * @example
 * const plainOrders: MessageDecoder = {
 *   name: 'plain orders',
 *   decode: ({ body }) => ({ pattern: 'order.placed', data: parseJson(body) }),
 * };
 */
export interface MessageDecoder {
  /** The codec's name in errors and logs. */
  readonly name: string;
  /** Set by `compressed()`: how the transport compresses, and inflates before `decode`. @defaultValue none */
  readonly compression?: Compression;
  /**
   * Reads one message.
   *
   * @throws InvalidMessageError for a message it cannot read, which is then dead-lettered; after any other error the
   * message is retried.
   */
  decode(message: ReceivedMessage): DecodedMessage;
  /**
   * Whether a message with the same body is the same message. Asked if an idempotency store is configured.
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
  /**
   * Writes one message to send.
   *
   * @throws InvalidRecordError for data it cannot write; `emit` and `send` then fail with it.
   */
  encode(packet: OutgoingPacket): EncodedMessage;
}
