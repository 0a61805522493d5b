import type { Type } from '@nestjs/common';
import type { MessageDecoder } from '../transport/codec/index.js';

/** A JSON Schema, 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a document of the messages needs to write one down. */
export interface FormatParts {
  /** `storage.put_object`, as its route or its handler has it. */
  readonly pattern: string;
  /** The schema of the handler's payload; undefined where nothing says what it is. */
  readonly payload: JsonSchema | undefined;
  /** The schema of a class. */
  readonly schemaOf: (type: Type) => JsonSchema;
}

/** What the messages of a codec look like on the wire, for documents. */
export interface WireFormat {
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly body: (parts: FormatParts) => JsonSchema;
  /** Names of the attributes, each a text. Default: none. */
  readonly attributes?: readonly string[];
  /** Where the correlation id stands, as AsyncAPI says it. Default: nowhere. */
  readonly correlationId?: string;
}

const formats = new WeakMap<MessageDecoder, WireFormat>();

/**
 * Says what the messages of a codec look like, for `weft schemas`.
 *
 * @example
 * export const noteCodec = withFormat(codec, { contentType: 'text/plain', body: () => ({ type: 'string' }) });
 */
export function withFormat<T extends MessageDecoder>(codec: T, format: WireFormat): T {
  formats.set(codec, format);
  return codec;
}

/** What `withFormat` says of a codec. */
export const wireFormatOf = (codec: MessageDecoder): WireFormat | undefined => formats.get(codec);
