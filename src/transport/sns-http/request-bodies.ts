import { Readable } from 'node:stream';
import { isJsonObject } from '../../common/objects.js';

/** SNS takes 256 KiB for HTTP; as JSON within JSON, a control character of one byte has six or seven. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Bytes of all bodies that are read or handled at once: who has no signature yet must not fill the memory. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** Why a body is not read: `tooLarge` for any that SNS sends, or `busy`, as there is no room for it now. */
export type Unread = 'tooLarge' | 'busy';

/** The bodies of requests, bounded in their sum. */
export class RequestBodies {
  #heldBytes = 0;

  /**
   * Does something with the body of a request: SNS says `text/plain`, which fastify has read by then and express has not;
   * a delivery policy may say `application/json`, which both have parsed.
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
      // Ended early, the stream stays open: the answer has still to go out by its socket.
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
