import type { Type } from '@nestjs/common';
import type { MessageDecoder } from '../transport/codec/index.js';

/** A JSON Schema, 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The facts about a message that its description needs. */
export interface FormatParts {
  /** The pattern of its route or handler, such as `storage.put_object`. */
  readonly pattern: string;
  /** The schema of the handler's payload; undefined if unknown. */
  readonly payload: JsonSchema | undefined;
  /** The schema of a class. */
  readonly schemaOf: (type: Type) => JsonSchema;
}

/** The wire format of a codec's messages, for documents. */
export interface WireFormat {
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly body: (parts: FormatParts) => JsonSchema;
  /** Names of the attributes, each a text. Default: none. */
  readonly attributes?: readonly string[];
  /** Location of the correlation id, in AsyncAPI's notation. Default: none. */
  readonly correlationId?: string;
}

const formats = new WeakMap<MessageDecoder, WireFormat>();

/**
 * Attaches a wire format to a codec, for `weft schemas`.
 *
 * @example
 * export const noteCodec = withFormat(codec, { contentType: 'text/plain', body: () => ({ type: 'string' }) });
 */
export function withFormat<T extends MessageDecoder>(codec: T, format: WireFormat): T {
  formats.set(codec, format);
  return codec;
}

/** The format that `withFormat` attached to a codec. */
export const wireFormatOf = (codec: MessageDecoder): WireFormat | undefined => formats.get(codec);
