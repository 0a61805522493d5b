import { PATTERN_ATTRIBUTE } from '../sns-sqs.constants.js';
import { parseJson } from './json-body.js';
import type {
  DecodedMessage,
  EncodedMessage,
  MessageCodec,
  OutgoingPacket,
  ReceivedMessage,
} from './message.codec.js';
import { wireJson } from './wire-json.js';

class JsonCodec implements MessageCodec {
  readonly name: string;

  constructor(private readonly pattern: string) {
    this.name = `json (${pattern})`;
  }

  encode({ pattern, data }: OutgoingPacket): EncodedMessage {
    return {
      body: wireJson(data),
      attributes: { [PATTERN_ATTRIBUTE]: { type: 'String', value: pattern } },
    };
  }

  decode({ body }: ReceivedMessage): DecodedMessage {
    return { pattern: this.pattern, data: parseJson(body) };
  }
}

/**
 * Plain JSON from programs that know nothing of patterns: the body is the data itself, and every message of the queue
 * has the one pattern. On a route it writes the bare data, and the attribute `pattern` for filter policies.
 *
 * @param pattern of the handler that takes every message of the queue.
 * @throws InvalidMessageError for a body that is not JSON.
 * @example
 * defineTopology({ queues: [{ name: 'orders', patterns: ['order.placed'], codec: jsonCodec('order.placed') }] });
 */
export const jsonCodec = (pattern: string): MessageCodec => new JsonCodec(pattern);
