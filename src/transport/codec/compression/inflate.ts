import { ByteBudget } from '../../../aws/byte-budget.js';
import { InvalidMessageError } from '../../errors/index.js';
import { ENCODINGS, type Encoding } from './encodings.js';

/** Bytes of inflated bodies that this process holds at once: two of the largest. */
const inflatedBytes = new ByteBudget(128 * 1024 * 1024);

/** JSON seldom shrinks by more; the few messages that do are inflated a second time, with the whole limit. */
const USUAL_RATIO = 16;
const LEAST_BYTES = 64 * 1024;

interface InflatedBody {
  readonly body: string;
  /** To be called when the body is no longer used. */
  readonly release: () => void;
}

interface InflateOptions {
  /** Bytes a body may have. */
  readonly maxBytes: number;
  /** Ends the wait for the budget. */
  readonly signal?: AbortSignal | undefined;
  /** @defaultValue the budget that all messages of this process share */
  readonly budget?: ByteBudget;
}

/**
 * Inflates a body once the memory budget has room for it. The decoder stops at the limit, so that a small hostile body
 * cannot fill the memory.
 *
 * @throws InvalidMessageError for a body that is not base64 of this encoding, or would be larger than `maxBytes`.
 */
export async function inflate(
  text: string,
  encoding: Encoding,
  { maxBytes, signal, budget = inflatedBytes }: InflateOptions,
): Promise<InflatedBody> {
  const { inflate: run, windowBytes } = ENCODINGS[encoding];
  if (!run)
    throw new InvalidMessageError(
      `The body is compressed by ${encoding}, which this Node (${process.version}) does not support: it came with Node 22.15. Receive it with a newer Node, then redrive the message`,
    );
  const bytes = decodeBase64(text, encoding);
  const usual = Math.min(maxBytes, bytes.length * USUAL_RATIO + LEAST_BYTES);
  for (const limit of usual < maxBytes ? [usual, maxBytes] : [maxBytes]) {
    const share = await budget.take(limit + windowBytes, signal);
    try {
      const body = await run(bytes, limit);
      share.shrinkTo(body.length);
      return { body: body.toString(), release: () => share.release() };
    } catch (cause) {
      share.release();
      if (!isTooLarge(cause)) throw notOne(encoding, cause);
    }
  }
  throw new InvalidMessageError(
    `The body inflates to more than ${maxBytes} bytes (maxBytes of compressed())`,
    { details: { compressedBytes: bytes.length, maxBytes } },
  );
}

/** Checked here, because `Buffer.from` skips characters that are not base64. */
function decodeBase64(text: string, encoding: Encoding): Buffer {
  const trimmed = text.trim();
  if (trimmed.length % 4 !== 0 || !/^[A-Za-z\d+/]+={0,2}$/.test(trimmed)) throw notOne(encoding);
  return Buffer.from(trimmed, 'base64');
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';

const notOne = (encoding: Encoding, cause?: unknown): InvalidMessageError =>
  new InvalidMessageError(
    `The body is not base64 of ${encoding}, though its Content-Encoding says so`,
    cause === undefined ? {} : { cause },
  );
