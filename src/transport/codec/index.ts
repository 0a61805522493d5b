export { autoCodec } from './auto.codec.js';
export { celeryCodec, type CeleryTask } from './celery.codec.js';
export { cloudEventsCodec, type CloudEventsOptions } from './cloud-events/cloud-events.codec.js';
export type { CloudEventAttributes, CloudEventValue } from './cloud-events/cloud-event.js';
export { commandCodec } from './command.codec.js';
export { compressed, type CompressionOptions } from './compression/compression.js';
export { eventBridgeCodec } from './event-bridge.codec.js';
export { parseJson } from './json-body.js';
export { jsonCodec } from './json.codec.js';
export type {
  BinaryAttribute,
  DecodedMessage,
  EncodedMessage,
  MessageAttribute,
  MessageCodec,
  MessageDecoder,
  OutgoingPacket,
  ReceivedMessage,
  TextAttribute,
} from './message.codec.js';
export { nativeCodec } from './native.codec.js';
export { s3NotificationCodec, type S3Record } from './s3-notification.codec.js';
export { wireJson } from './wire-json.js';
