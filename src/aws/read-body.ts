import { addAbortSignal, Readable } from 'node:stream';

/** Thrown by {@link readBody} for a body over the limit. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';

  constructor(
    readonly maxBytes: number,
    /** Its Content-Length. */
    readonly bytes?: number,
  ) {
    super(`The body has ${bytes ?? `more than ${maxBytes}`} bytes`);
  }
}

/**
 * Reads a whole S3 body, but never more than `maxBytes`, whatever its Content-Length.
 *
 * @param signal ends the reading, such as that of a body that drips. @defaultValue none
 * @throws BodyTooLargeError when there is more, an AbortError when the signal is aborted; the connection is closed.
 */
export async function readBody(
  body: unknown,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (!(body instanceof Readable)) throw new TypeError('The body of an answer must be a stream');
  if (signal) addAbortSignal(signal, body);
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop by an error destroys the stream.
  for await (const chunk of body as AsyncIterable<Uint8Array | string>) {
    const part =
      typeof chunk === 'string'
        ? Buffer.from(chunk)
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    bytes += part.length;
    if (bytes > maxBytes) throw new BodyTooLargeError(maxBytes);
    chunks.push(part);
  }
  return Buffer.concat(chunks, bytes);
}

/** Discards an unread body, which would keep its connection until the time-out. */
export function discardBody(body: unknown): void {
  if (body instanceof Readable) body.destroy();
}
