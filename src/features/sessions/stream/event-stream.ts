import type { ServerResponse } from 'node:http';

/** Milliseconds after which a browser reconnects. */
const RECONNECT_MS = 2_000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Otherwise nginx would buffer the events.
  'x-accel-buffering': 'no',
};

const HEARTBEAT = Buffer.from(': \n\n');

/**
 * One reader of an event stream. Live events never wait for it: a slow reader is cut off once too many bytes wait for
 * it, or when it read nothing from one heartbeat to the next. It can resume with `Last-Event-ID`.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStream {
  #stalled = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly maxBufferedBytes: number,
  ) {}

  get closed(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  open(): void {
    this.response.writeHead(200, HEADERS);
    this.response.on('drain', () => {
      this.#stalled = false;
    });
    this.#write(Buffer.from(`retry: ${RECONNECT_MS}\n\n`));
  }

  /** Sends a frame now, and cuts the reader off if too many bytes wait. */
  send(frame: Buffer): void {
    this.#write(frame);
    if (this.response.writableLength > this.maxBufferedBytes) this.response.destroy();
  }

  /** Sends a frame and waits until the reader has taken earlier ones; a large frame does not cut the reader off. */
  async sendAndWait(frame: Buffer): Promise<void> {
    this.#write(frame);
    if (!this.response.writableNeedDrain || this.closed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.response.off('drain', done).off('close', done);
        resolve();
      };
      this.response.on('drain', done).on('close', done);
    });
  }

  /** Sends a comment line, because only a write shows that a reader has disconnected. */
  heartbeat(): void {
    if (this.#stalled) {
      this.response.destroy();
      return;
    }
    this.#write(HEARTBEAT);
    this.#stalled = this.response.writableNeedDrain;
  }

  end(): void {
    this.response.end();
  }

  onClose(listener: () => void): void {
    this.response.once('close', listener);
  }

  #write(bytes: Buffer): void {
    if (!this.closed) this.response.write(bytes);
  }
}
