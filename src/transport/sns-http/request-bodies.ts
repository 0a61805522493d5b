import { Readable } from 'node:stream';
import { isJsonObject } from '../../common/objects.js';

/** SNS sends up to 256 KiB over HTTP; in JSON within JSON a control character takes six or seven bytes. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Bytes of all bodies read or handled at once, so that unverified senders cannot fill the memory. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** Why a body is not read: `tooLarge`, larger than any body of SNS, or `busy`, no memory for it now. */
type Unread = 'tooLarge' | 'busy';

/** Bounds the memory for the bodies of all requests. */
export class RequestBodies {
  #heldBytes = 0;

  /**
   * Runs `work` with the body of a request. SNS sends `text/plain`, which fastify has already read and express has not;
   * a delivery policy may set `application/json`, which both have parsed.
   */
  async use<T>(request: unknown, work: (body: unknown) => Promise<T>): Promise<T | Unread> {
    const { body, raw = request }: { body?: unknown; raw?: unknown } = Object(request);
    if (typeof body === 'string' || Buffer.isBuffer(body))
      return body.length > MAX_BODY_BYTES ? 'tooLarge' : work(body.toString());
    if (isJsonObject(body) && Object.keys(body).length > 0) return work(body);
    if (!(raw instanceof Readable) || raw.readableEnded) return work('');
    return this.#useStream(raw, work);
  }

  async #useStream<T>(stream: Readable, work: (body: string) => Promise<T>): Promise<T | Unread> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      // The stream stays open when reading ends early, because the answer is sent over its socket.
      const reading = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
      for await (const chunk of reading) {
        if (bytes + chunk.length > MAX_BODY_BYTES) return 'tooLarge';
        if (this.#heldBytes + chunk.length > MAX_HELD_BYTES) return 'busy';
        bytes += chunk.length;
        this.#heldBytes += chunk.length;
        chunks.push(chunk);
      }
      return await work(Buffer.concat(chunks).toString());
    } finally {
      this.#heldBytes -= bytes;
    }
  }
}
