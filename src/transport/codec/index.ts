export { commandCodec } from './command.codec.js';
export { isJsonObject, parseJson } from './json-body.js';
export type {
  DecodedMessage,
  EncodedMessage,
  MessageAttribute,
  MessageCodec,
  OutgoingPacket,
  ReceivedMessage,
} from './message.codec.js';
export { nativeCodec } from './native.codec.js';
export { wireJson } from './wire-json.js';
