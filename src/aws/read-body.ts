import { Readable } from 'node:stream';

/** Thrown by {@link readBody} for a body that goes on past its limit. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';

  constructor(
    readonly maxBytes: number,
    /** What its Content-Length says. */
    readonly bytes?: number,
  ) {
    super(`The body has ${bytes ?? `more than ${maxBytes}`} bytes`);
  }
}

/**
 * Reads a body of S3 whole, and never more of it than `maxBytes`, whatever its Content-Length says or leaves out.
 *
 * @throws BodyTooLargeError when there is more; the connection is let go.
 */
export async function readBody(body: unknown, maxBytes: number): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (!(body instanceof Readable)) throw new TypeError('The body of an answer must be a stream');
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

/** Lets a body go that is not read: it would keep its connection until it times out. */
export function discardBody(body: unknown): void {
  if (body instanceof Readable) body.destroy();
}
