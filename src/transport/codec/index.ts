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
export { s3NotificationCodec, type S3Record } from './s3-notification.codec.js';
export { wireJson } from './wire-json.js';
