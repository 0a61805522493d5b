import { InvalidMessageError, InvalidRecordError } from '../../../transport/errors/index.js';
import {
  isJsonObject,
  parseJson,
  wireJson,
  type DecodedMessage,
  type EncodedMessage,
  type MessageCodec,
  type OutgoingPacket,
  type ReceivedMessage,
} from '../../../transport/codec/index.js';
import { METADATA_UPDATE_PATTERN } from '../sessions.patterns.js';

/** The name of the event in the message's `event` field and attribute. */
export const METADATA_UPDATE_EVENT = 'metadata_update';

export type MetadataOperation = 'update' | 'delete';

export interface MetadataNotificationInit {
  readonly session_id: string;
  readonly operation: MetadataOperation;
  /** The changed fields that may leave the service; `null` for each deleted one. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  /** Grows by one with every message of the session, so that consumers can put them in order. */
  readonly sequence: number;
}

/** A change of a session's metadata, as it goes over the wire. */
export class MetadataNotification {
  readonly session_id: string;
  readonly event = METADATA_UPDATE_EVENT;
  readonly operation: MetadataOperation;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly timestamp: string;
  readonly sequence: number;

  constructor(init: MetadataNotificationInit) {
    this.session_id = init.session_id;
    this.operation = init.operation;
    this.metadata = init.metadata;
    this.timestamp = init.timestamp;
    this.sequence = init.sequence;
  }
}

/** The SQS message of a change of metadata: JSON, exactly as contracts.md words it. */
export const metadataCodec: MessageCodec = {
  name: 'session-metadata',

  encode({ data }: OutgoingPacket): EncodedMessage {
    if (!(data instanceof MetadataNotification)) {
      throw new InvalidRecordError('Only a MetadataNotification goes out as one');
    }
    const { session_id, event, operation, metadata, timestamp, sequence } = data;
    return {
      // Spelled out: the order is part of the contract, the order of class fields is a detail.
      body: wireJson({ session_id, event, operation, metadata, timestamp, sequence }),
      attributes: {
        session_id: { type: 'String', value: session_id },
        event: { type: 'String', value: event },
      },
    };
  },

  // Whether it is a well-formed change is for the handler's payload class to say.
  decode(message: ReceivedMessage): DecodedMessage {
    const data = parseJson(message.body);
    if (!isJsonObject(data)) {
      throw new InvalidMessageError('The metadata update is not a JSON object');
    }
    return { pattern: METADATA_UPDATE_PATTERN, data };
  },
};
