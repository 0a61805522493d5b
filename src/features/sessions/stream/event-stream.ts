import type { ServerResponse } from 'node:http';

/** Milliseconds after which a browser that lost the stream comes back. */
const RECONNECT_MS = 2_000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // nginx would otherwise hold the events back until its buffer is full.
  'x-accel-buffering': 'no',
};

/**
 * One client of an event stream. It is never waited for: a client that does not read is cut off
 * once too much waits for it, or when it took nothing from one heartbeat to the next. It can come
 * back with `Last-Event-ID`.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStream {
  #stalled = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly maxBufferedBytes: number,
  ) {}

  open(): void {
    this.response.writeHead(200, HEADERS);
    this.response.on('drain', () => {
      this.#stalled = false;
    });
    this.#write(`retry: ${RECONNECT_MS}\n\n`);
  }

  send(frame: string): void {
    this.#write(frame);
  }

  /** A comment line; to find out that a client is gone, something has to be written. */
  heartbeat(): void {
    if (this.#stalled) {
      this.response.destroy();
      return;
    }
    this.#write(': \n\n');
    this.#stalled = this.response.writableNeedDrain;
  }

  end(): void {
    this.response.end();
  }

  onClose(listener: () => void): void {
    this.response.once('close', listener);
  }

  #write(text: string): void {
    if (this.response.destroyed || this.response.writableEnded) return;
    this.response.write(text);
    if (this.response.writableLength > this.maxBufferedBytes) this.response.destroy();
  }
}
