import {
  parseJson,
  type DecodedMessage,
  type EncodedMessage,
  type MessageCodec,
  type OutgoingPacket,
  type ReceivedMessage,
} from '../codec/index.js';

/** The body is only the event as JSON, so that programs in other languages can read and write it. */
export class TypedCodec implements MessageCodec {
  readonly name = 'typed publish/subscribe';

  constructor(private readonly pattern: string) {}

  /** The data is JSON already: the publisher wrote it in order to validate it. */
  encode({ data }: OutgoingPacket): EncodedMessage {
    return { body: String(data), attributes: {} };
  }

  decode({ body }: ReceivedMessage): DecodedMessage {
    return { pattern: this.pattern, data: parseJson(body) };
  }
}
