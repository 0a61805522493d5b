import { Event } from '../../protocol/index.js';
import {
  isJsonObject,
  parseJson,
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
    if (!(data instanceof Event)) throw new InvalidRecordError('Only an Event goes out as one');
    return { body: wireJson(data), attributes: textAttributes(data, ['type', 'correlation_id']) };
  }

  decode({ body }: ReceivedMessage): DecodedMessage {
    const data = parseJson(body);
    if (!isJsonObject(data)) throw new InvalidMessageError('An Event must be a JSON object');
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
