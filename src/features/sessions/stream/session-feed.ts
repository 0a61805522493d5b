import type { AnnouncedChange } from '../metadata/metadata-change.js';
import type { EventStream } from './event-stream.js';
import { SharedRead } from './shared-read.js';

/** What a session has announced: how far it is, and the latest changes it keeps. */
export interface Announced {
  readonly sequence: number;
  /** Oldest first. */
  readonly changes: readonly AnnouncedChange[];
}

/** A reader, and the last change it was sent. */
interface Reader {
  readonly stream: EventStream;
  /** Undefined: it is still being sent what it missed. */
  position: number | undefined;
}

/**
 * The readers of one session in this process. Each is sent every change once and in
 * order, by its number: a change that comes twice is dropped, and where one is missing
 * the session document is asked, which keeps the latest.
 */
export class SessionFeed {
  readonly #readers = new Map<EventStream, Reader>();
  readonly #announced: SharedRead<Announced | null>;

  /**
   * @param load Reads what the session has announced; null when there is no such session.
   * @param failed Told when that fails.
   */
  constructor(
    load: () => Promise<Announced | null>,
    private readonly failed: (error: unknown) => void,
  ) {
    this.#announced = new SharedRead(load);
  }

  get size(): number {
    return this.#readers.size;
  }

  get streams(): Iterable<EventStream> {
    return this.#readers.keys();
  }

  /** How far the readers are that are furthest behind; undefined while all are catching up. */
  get position(): number | undefined {
    const positions = [...this.#readers.values()].flatMap(({ position }) => position ?? []);
    return positions.length === 0 ? undefined : Math.min(...positions);
  }

  /**
   * @param after The number of the last change that the reader has; undefined: it wants
   * those from now on.
   */
  join(stream: EventStream, after: number | undefined): void {
    const reader: Reader = { stream, position: undefined };
    this.#readers.set(stream, reader);
    void this.#catchUp(reader, after);
  }

  leave(stream: EventStream): void {
    this.#readers.delete(stream);
  }

  /** A change that was just announced. One frame serves all readers. */
  publish(change: AnnouncedChange): void {
    const frame = frameOf(change);
    for (const reader of this.#readers.values()) {
      const { position } = reader;
      if (position === undefined || change.sequence <= position) continue;
      if (change.sequence === position + 1) {
        reader.position = change.sequence;
        reader.stream.send(frame);
      } else {
        void this.#catchUp(reader, position);
      }
    }
  }

  /** Asks the session for what the readers may have missed. */
  refresh(): void {
    for (const reader of this.#readers.values()) {
      if (reader.position !== undefined) void this.#catchUp(reader, reader.position);
    }
  }

  /** Sends what was announced after a number, as fast as the reader takes it, until there is no more. */
  async #catchUp(reader: Reader, after: number | undefined): Promise<void> {
    reader.position = undefined;
    let position = after;
    try {
      for (;;) {
        const announced = await this.#announced.get();
        if (announced === null || reader.stream.closed) return;
        // A number the session has not reached is of a session of the same id that was there before.
        if (position === undefined) position = announced.sequence;
        else if (position > announced.sequence) position = 0;
        const from = position;
        const missed = announced.changes.filter(({ sequence }) => sequence > from);
        for (const change of missed) await reader.stream.sendAndWait(frameOf(change));
        position = announced.sequence;
        if (missed.length > 0) continue;
        reader.position = position;
        return;
      }
    } catch (error) {
      this.failed(error);
      // It comes back with the number of the last change it was sent.
      reader.stream.end();
    }
  }
}

/** JSON.stringify leaves no line break, so one data line holds it. */
function frameOf({ sequence, metadata }: AnnouncedChange): Buffer {
  const data = JSON.stringify({ type: 'metadata_update', data: metadata });
  return Buffer.from(`id: ${sequence}\ndata: ${data}\n\n`);
}
