import { parseJsonObject } from '../../transport/codec/json-body.js';
import { Event, parseEvent } from '../../protocol/index.js';
import { isJsonObject } from '../../common/objects.js';
import {
  wireJson,
  type DecodedMessage,
  type EncodedMessage,
  type MessageCodec,
  type OutgoingPacket,
  type ReceivedMessage,
} from '../../transport/codec/index.js';
import { InvalidMessageError, InvalidRecordError } from '../../transport/errors/index.js';
import { eventPattern } from '../messaging.patterns.js';
import { correlationIdOf, isDated, textAttributes } from './json-codec.js';

/**
 * Events as other programs read and write them: the body is the Event's JSON,
 * `type` and `correlation_id` are String attributes, and the pattern is
 * `event.<type>`.
 */
class EventCodec implements MessageCodec {
  readonly name = 'event';

  encode({ data }: OutgoingPacket): EncodedMessage {
    if (!isJsonObject(data)) throw new InvalidRecordError('eventCodec sends Event objects only');
    // An Event from the outbox is plain JSON.
    const event = data instanceof Event ? data : parseEvent(data);
    return { body: wireJson(event), attributes: textAttributes(event, ['type', 'correlation_id']) };
  }

  decode({ body }: ReceivedMessage): DecodedMessage {
    const data = parseJsonObject(body, 'An Event');
    const { type } = data;
    if (typeof type !== 'string' || type === '') {
      throw new InvalidMessageError('The Event has no type');
    }
    return { pattern: eventPattern(type), data, ...correlationIdOf(data) };
  }

  identifiesByBody({ data }: DecodedMessage): boolean {
    return isDated(data);
  }
}

export const eventCodec: MessageCodec = new EventCodec();
