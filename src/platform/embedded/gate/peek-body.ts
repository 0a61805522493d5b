import type { IncomingMessage } from 'node:http';

/** dynalite's limit for one request, the largest of the three servers. */
const MAX_PEEKED_BYTES = 16 * 1024 * 1024;

/**
 * Reads the body of a request and puts it back for the next reader.
 *
 * @param done is called once; without a body if it is too long or its length is not declared.
 */
export function peekBody(request: IncomingMessage, done: (body: Buffer | undefined) => void): void {
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (!(length <= MAX_PEEKED_BYTES)) {
    done(undefined);
    return;
  }
  if (length === 0) {
    done(Buffer.alloc(0));
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  const read = (): void => {
    // Never past the last byte: the stream would end, and nothing could be put back.
    while (bytes < length) {
      const chunk = request.read() as Buffer | null;
      if (chunk === null) return;
      chunks.push(chunk);
      bytes += chunk.length;
    }
    request.removeListener('readable', read);
    const body = Buffer.concat(chunks);
    request.unshift(body);
    done(body);
  };
  request.on('readable', read);
}
