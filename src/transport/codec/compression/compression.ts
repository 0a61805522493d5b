import { wholeNumberFaults } from '../../../common/whole-numbers.js';
import { InvalidOptionsError } from '../../errors/index.js';
import type { MessageCodec, MessageDecoder } from '../message.codec.js';
import { ENCODINGS, isSupported, type Compression, type Encoding } from './encodings.js';

/**
 * How `compressed` writes and what it reads.
 *
 * @example
 * const options: CompressionOptions = { encoding: 'zstd', aboveBytes: 16 * 1024 };
 */
export interface CompressionOptions {
  /** `zstd` needs Node 22.15 or newer, in the receiver too. Every encoding is read, whatever is written. @defaultValue 'gzip' */
  readonly encoding?: Encoding;
  /**
   * Bodies of more bytes are compressed if that makes the message smaller. Raise it to save CPU, lower it to save
   * bytes. Base64 makes the compressed bytes a third longer, so little is gained below a few KiB.
   *
   * @defaultValue 4 096
   */
  readonly aboveBytes?: number;
  /**
   * Maximum bytes of an inflated body, 1 024 to 67 108 864. A received body that would be larger is dead-lettered; a
   * larger body to send is not compressed. Receivers need at least the value of the senders.
   *
   * @defaultValue 16 777 216
   */
  readonly maxBytes?: number;
}

const DEFAULT_ABOVE_BYTES = 4096;
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
const MIN_MAX_BYTES = 1024;
/** The same limit as for an offloaded body. */
const MAX_MAX_BYTES = 64 * 1024 * 1024;

/**
 * A codec whose larger bodies are compressed on the wire: base64 of `gzip`, `brotli` or `zstd`, which the attribute
 * `Content-Encoding` names. Compression comes before the claim-check, so that only bodies that are still too large are
 * offloaded. Bodies without the attribute are read unchanged, so update receivers before senders.
 *
 * @throws InvalidOptionsError for an encoding that this Node does not support, or a size out of its range. Messages of
 * an unknown encoding, or that inflate to more than `maxBytes`, are dead-lettered.
 * @example
 * const codec = compressed(nativeCodec, { encoding: 'gzip' });
 * defineTopology({
 *   topics: [{ name: 'orders' }],
 *   queues: [{ name: 'billing', patterns: ['order.*'], from: [{ topic: 'orders' }], codec }],
 *   routes: [{ patterns: ['order.*'], topic: 'orders', codec }],
 * });
 * @see https://nodejs.org/api/zlib.html
 */
export function compressed(codec: MessageCodec, options?: CompressionOptions): MessageCodec;
export function compressed(codec: MessageDecoder, options?: CompressionOptions): MessageDecoder;
export function compressed(
  codec: MessageDecoder & Partial<MessageCodec>,
  options: CompressionOptions = {},
): MessageDecoder {
  const { encode } = codec;
  return {
    name: `${codec.name}, compressed`,
    compression: checked(options),
    decode: (message) => codec.decode(message),
    identifiesByBody: (message) => codec.identifiesByBody?.(message) ?? false,
    ...(encode && { encode: encode.bind(codec) }),
  };
}

function checked({
  encoding = 'gzip',
  aboveBytes = DEFAULT_ABOVE_BYTES,
  maxBytes = DEFAULT_MAX_BYTES,
}: CompressionOptions): Compression {
  const faults = [
    ...(Object.hasOwn(ENCODINGS, encoding)
      ? []
      : [`encoding is ${encoding}, must be one of ${Object.keys(ENCODINGS).join(', ')}`]),
    ...wholeNumberFaults('aboveBytes', aboveBytes, 0, MAX_MAX_BYTES),
    ...wholeNumberFaults('maxBytes', maxBytes, MIN_MAX_BYTES, MAX_MAX_BYTES),
  ];
  if (faults.length > 0)
    throw new InvalidOptionsError(`The options of compressed() are invalid: ${faults.join('; ')}`);
  if (!isSupported(encoding))
    throw new InvalidOptionsError(
      `This Node (${process.version}) has no ${encoding}: it came with Node 22.15. Use gzip or brotli, or a newer Node`,
    );
  return { encoding, aboveBytes, maxBytes };
}
