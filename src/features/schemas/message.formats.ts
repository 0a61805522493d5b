import {
  eventCodec,
  resultCodec,
  wireFormatOf,
  withFormat,
  type WireFormat,
} from '../../messaging/index.js';
import { Command, Event, Result } from '../../protocol/index.js';
import { commandCodec, nativeCodec, type MessageDecoder } from '../../transport/codec/index.js';

const AT_CORRELATION_ID = '$message.payload#/correlation_id';

withFormat(commandCodec, {
  attributes: ['type', 'action', 'correlation_id'],
  correlationId: AT_CORRELATION_ID,
  body: ({ pattern, payload, schemaOf }) => {
    const [type = '', ...action] = pattern.split('.');
    return {
      allOf: [
        schemaOf(Command),
        {
          type: 'object',
          properties: {
            type: { const: type },
            ...(!pattern.endsWith('*') && { action: { const: action.join('.') } }),
            ...(payload && { payload }),
          },
        },
      ],
    };
  },
});

withFormat(resultCodec, {
  attributes: ['status', 'correlation_id', 'handler'],
  correlationId: AT_CORRELATION_ID,
  body: ({ schemaOf }) => schemaOf(Result),
});

withFormat(eventCodec, {
  attributes: ['type', 'correlation_id'],
  correlationId: AT_CORRELATION_ID,
  body: ({ schemaOf }) => schemaOf(Event),
});

withFormat(nativeCodec, {
  attributes: ['pattern'],
  body: ({ payload }) => ({
    type: 'object',
    properties: {
      id: { type: 'string' },
      pattern: { type: 'string' },
      correlationId: { type: 'string' },
      data: payload ?? {},
    },
    required: ['pattern'],
  }),
});

/** The wire format of a codec; for an undescribed codec only its name. */
export const formatFor = (codec: MessageDecoder): WireFormat =>
  wireFormatOf(codec) ?? {
    body: ({ payload = {} }) => payload,
  };
