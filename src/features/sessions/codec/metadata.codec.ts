import { parseJsonObject } from '../../../transport/codec/json-body.js';
import { isJsonObject } from '../../../common/objects.js';
import {
  wireJson,
  type DecodedMessage,
  type EncodedMessage,
  type MessageCodec,
  type OutgoingPacket,
  type ReceivedMessage,
} from '../../../transport/codec/index.js';
import { InvalidRecordError } from '../../../transport/errors/index.js';
import { METADATA_UPDATE_PATTERN } from '../sessions.patterns.js';

/** The name of the event in the message's `event` field and attribute. */
export const METADATA_UPDATE_EVENT = 'metadata_update';

/** The SQS message of a change of metadata, in JSON. docs/sessions.md has its fields. */
export const metadataCodec: MessageCodec = {
  name: 'session-metadata',

  encode({ data }: OutgoingPacket): EncodedMessage {
    const { session_id, event, operation, metadata, timestamp, sequence } = isJsonObject(data)
      ? data
      : {};
    if (typeof session_id !== 'string' || event !== METADATA_UPDATE_EVENT) {
      throw new InvalidRecordError('A metadata change must have session_id and event');
    }
    return {
      // Written out field by field, because their order is part of the wire contract.
      body: wireJson({ session_id, event, operation, metadata, timestamp, sequence }),
      attributes: {
        session_id: { type: 'String', value: session_id },
        event: { type: 'String', value: event },
      },
    };
  },

  // The handler's payload class validates the change.
  decode(message: ReceivedMessage): DecodedMessage {
    const data = parseJsonObject(message.body, 'A metadata update');
    return { pattern: METADATA_UPDATE_PATTERN, data };
  },
};
