import {
  parseJson,
  type DecodedMessage,
  type EncodedMessage,
  type MessageCodec,
  type OutgoingPacket,
  type ReceivedMessage,
} from '../codec/index.js';

/** The body is the event as JSON and nothing else, as programs in other languages write and read it. */
export class TypedCodec implements MessageCodec {
  readonly name = 'typed publish/subscribe';

  constructor(private readonly pattern: string) {}

  /** The publisher has written the event already, to check what it wrote. */
  encode({ data }: OutgoingPacket): EncodedMessage {
    return { body: String(data), attributes: {} };
  }

  decode({ body }: ReceivedMessage): DecodedMessage {
    return { pattern: this.pattern, data: parseJson(body) };
  }
}
