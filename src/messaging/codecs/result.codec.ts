import { parseJsonObject } from '../../transport/codec/json-body.js';
import { Result } from '../../protocol/index.js';
import {
  wireJson,
  type DecodedMessage,
  type EncodedMessage,
  type MessageCodec,
  type OutgoingPacket,
  type ReceivedMessage,
} from '../../transport/codec/index.js';
import { InvalidRecordError } from '../../transport/errors/index.js';
import { RESULT_PATTERN } from '../messaging.patterns.js';
import { correlationIdOf, isDated, textAttributes } from './json-codec.js';

/**
 * Results as other programs read and write them: the body is the Result's JSON, `status`, `correlation_id` and
 * `handler` are String attributes, and all of them have one pattern. The handler decides whether a received Result is
 * valid.
 */
class ResultCodec implements MessageCodec {
  readonly name = 'result';

  encode({ data }: OutgoingPacket): EncodedMessage {
    if (!(data instanceof Result))
      throw new InvalidRecordError('resultCodec sends Result objects only');
    return {
      body: wireJson(data),
      attributes: textAttributes(data, ['status', 'correlation_id', 'handler']),
    };
  }

  decode({ body }: ReceivedMessage): DecodedMessage {
    const data = parseJsonObject(body, 'A Result');
    return { pattern: RESULT_PATTERN, data, ...correlationIdOf(data) };
  }

  identifiesByBody({ data }: DecodedMessage): boolean {
    return isDated(data);
  }
}

export const resultCodec: MessageCodec = new ResultCodec();
