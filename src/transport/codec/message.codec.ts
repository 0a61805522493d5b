/** One SNS/SQS message attribute; values are text on the wire whatever their type. */
export interface MessageAttribute {
  readonly type: 'String' | 'Number' | 'String.Array';
  readonly value: string;
}

/** What a codec writes: one message before it has a body. */
export interface OutgoingPacket {
  /** The message's own id, fixed before the first attempt; also its deduplication id. */
  readonly id: string;
  readonly pattern: string;
  readonly data: unknown;
  readonly correlationId: string;
}

/** What goes over the wire. */
export interface EncodedMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** SNS subject; ignored when the message goes straight to a queue. */
  readonly subject?: string;
}

/** A message as a codec sees it: the SNS envelope and the claim-check are already undone. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** What a codec reads. */
export interface DecodedMessage {
  readonly pattern: string;
  readonly data: unknown;
  readonly id?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Where no handler takes it, it is acknowledged and not dead-lettered. Default no. */
  readonly optional?: boolean;
}

/**
 * Turns packets into bodies and attributes and back. Stateless and shared.
 * `decode` throws `InvalidMessageError` for what it cannot read.
 */
export interface MessageCodec {
  /** Named in errors and logs. */
  readonly name: string;
  encode(packet: OutgoingPacket): EncodedMessage;
  decode(message: ReceivedMessage): DecodedMessage;
  /**
   * Whether the same body again is the same message again. Asked where an
   * idempotency store is configured. Default no: messages are told apart by the
   * id in their body, or else by the one SQS gives them.
   */
  identifiesByBody?(message: DecodedMessage): boolean;
}
