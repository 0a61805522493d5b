import { isJsonObject } from '../../common/objects.js';
import { InvalidRecordError } from '../errors/index.js';
import { parseJsonObject } from './json-body.js';
import type {
  DecodedMessage,
  EncodedMessage,
  MessageAttribute,
  MessageCodec,
  OutgoingPacket,
  ReceivedMessage,
} from './message.codec.js';
import { wireJson } from './wire-json.js';

/** The pattern of a Command without a readable type and action; only a queue's `fallback` handles it. */
export const UNREADABLE_COMMAND = 'command.unreadable';

const NAME = /^[\w.-]{1,128}$/;
const ATTRIBUTE_FIELDS = ['type', 'action', 'correlation_id'] as const;

class CommandCodec implements MessageCodec {
  readonly name = 'command';

  encode({ data }: OutgoingPacket): EncodedMessage {
    if (!isJsonObject(data)) {
      throw new InvalidRecordError('A Command must be an object with type, action and payload');
    }
    const attributes: Record<string, MessageAttribute> = {};
    for (const field of ATTRIBUTE_FIELDS) {
      const value = data[field];
      if (typeof value === 'string' && value !== '') attributes[field] = { type: 'String', value };
    }
    return { body: wireJson(data), attributes };
  }

  decode({ body }: ReceivedMessage): DecodedMessage {
    const data = parseJsonObject(body, 'A Command');
    const { type, action, correlation_id: correlationId } = data;
    return {
      pattern: isName(type) && isName(action) ? `${type}.${action}` : UNREADABLE_COMMAND,
      data,
      ...(typeof correlationId === 'string' && correlationId !== '' && { correlationId }),
    };
  }

  /** A sender may repeat a correlation id: the Commands of one job often share one. */
  identifiesByBody({ correlationId }: DecodedMessage): boolean {
    return correlationId !== undefined;
  }
}

const isName = (value: unknown): value is string => typeof value === 'string' && NAME.test(value);

/**
 * Commands as other programs write them: the body is the Command's JSON, its pattern is `<type>.<action>`, and `type`,
 * `action` and `correlation_id` are String attributes. The handler decides whether the Command is valid. A Command
 * without a readable type and action has the pattern `command.unreadable`.
 *
 * @throws InvalidRecordError when the data to send is no object; InvalidMessageError when a received body is no JSON
 * object.
 * @example
 * defineTopology({ queues: [{ name: 'commands', patterns: ['storage.*'], codec: commandCodec }] });
 */
export const commandCodec: MessageCodec = new CommandCodec();
