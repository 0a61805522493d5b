import * as zlib from 'node:zlib';
import { promisify } from 'node:util';

/** How a body may be compressed. */
export type Encoding = 'gzip' | 'brotli' | 'zstd';

/** The options of `compressed()` with its defaults, as the transport uses them. */
export interface Compression {
  readonly encoding: Encoding;
  readonly aboveBytes: number;
  readonly maxBytes: number;
}

type Run = (bytes: Buffer, maxOutputLength: number) => Promise<Buffer>;

interface Codings {
  /** The value of the attribute, as in HTTP. https://www.iana.org/assignments/http-parameters */
  readonly token: string;
  /** Absent if this Node does not support the encoding. */
  readonly deflate?: (bytes: Buffer) => Promise<Buffer>;
  /** Stops as soon as the output exceeds `maxOutputLength`. */
  readonly inflate?: Run;
  /** Bytes a decoder needs besides its output. */
  readonly windowBytes: number;
}

const MIB = 1024 * 1024;

/** Between speed and size: the default of Brotli, 11, takes a hundred times as long. */
const BROTLI_QUALITY = 5;

/** A frame may ask for a window of 128 MiB; every decoder must have 8. https://www.rfc-editor.org/rfc/rfc9659#section-3 */
const ZSTD_WINDOW_LOG = 23;

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_MODE, BROTLI_MODE_TEXT, ZSTD_d_windowLogMax } =
  zlib.constants;
const gzip = promisify<Buffer, Buffer>(zlib.gzip);
const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const brotliCompress = promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliCompress);
const brotliDecompress = promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress);

/** Since Node 22.15. */
function zstd(): Pick<Codings, 'deflate' | 'inflate'> {
  const { zstdCompress, zstdDecompress }: Partial<typeof zlib> = zlib;
  if (!zstdCompress || !zstdDecompress) return {};
  const deflate = promisify<Buffer, Buffer>(zstdCompress);
  const inflate = promisify<Buffer, zlib.ZstdOptions, Buffer>(zstdDecompress);
  return {
    deflate,
    inflate: (bytes, maxOutputLength) =>
      inflate(bytes, { maxOutputLength, params: { [ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
  };
}

export const ENCODINGS: Readonly<Record<Encoding, Codings>> = {
  gzip: {
    token: 'gzip',
    windowBytes: 0,
    deflate: gzip,
    inflate: (bytes, maxOutputLength) => gunzip(bytes, { maxOutputLength }),
  },
  brotli: {
    token: 'br',
    windowBytes: 16 * MIB,
    deflate: (bytes) =>
      brotliCompress(bytes, {
        params: { [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [BROTLI_PARAM_MODE]: BROTLI_MODE_TEXT },
      }),
    inflate: (bytes, maxOutputLength) => brotliDecompress(bytes, { maxOutputLength }),
  },
  zstd: { token: 'zstd', windowBytes: 8 * MIB, ...zstd() },
};

export const isSupported = (encoding: Encoding): boolean =>
  ENCODINGS[encoding].inflate !== undefined;

/**
 * By the attribute's value, in any case; https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1 has `x-gzip` for `gzip`.
 */
const TOKENS: ReadonlyMap<string, Encoding | 'identity'> = new Map([
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['br', 'brotli'],
  ['brotli', 'brotli'],
  ['zstd', 'zstd'],
]);

/** Undefined for an unknown encoding. */
export const encodingOf = (text: string): Encoding | 'identity' | undefined =>
  TOKENS.get(text.trim().toLowerCase());
