import type { AnnouncedChange } from '../metadata/metadata-change.js';
import type { EventStream } from './event-stream.js';
import { SharedRead } from './shared-read.js';

/** A session's announcements: its sequence number and the latest changes. */
export interface Announced {
  readonly sequence: number;
  /** Oldest first. */
  readonly changes: readonly AnnouncedChange[];
}

/** A reader and the number of the last change it got. */
interface Reader {
  readonly stream: EventStream;
  /** Undefined while it is catching up. */
  position: number | undefined;
}

/**
 * The readers of one session in this process. Each gets every change once and in order of its number: duplicates are
 * dropped, and missing changes are read from the session document, which keeps the latest.
 */
export class SessionFeed {
  readonly #readers = new Map<EventStream, Reader>();
  readonly #announced: SharedRead<Announced | null>;

  /**
   * @param load Reads what the session has announced; null when there is no such session.
   * @param failed Called when that fails.
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

  /** The lowest position of all readers; undefined while all are catching up. */
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

  /** Sends a new change, with one frame for all readers. */
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

  /** Reads changes that the readers may have missed. */
  refresh(): void {
    for (const reader of this.#readers.values()) {
      if (reader.position !== undefined) void this.#catchUp(reader, reader.position);
    }
  }

  /** Sends the changes after a number, as fast as the reader takes them. */
  async #catchUp(reader: Reader, after: number | undefined): Promise<void> {
    reader.position = undefined;
    let position = after;
    try {
      for (;;) {
        const announced = await this.#announced.get();
        if (announced === null || reader.stream.closed) return;
        // A number that the session has not reached comes from an earlier session with the same id.
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
      // It resumes with the number of the last change it got.
      reader.stream.end();
    }
  }
}

/** JSON.stringify writes no line breaks, so one data line is enough. */
function frameOf({ sequence, metadata }: AnnouncedChange): Buffer {
  const data = JSON.stringify({ type: 'metadata_update', data: metadata });
  return Buffer.from(`id: ${sequence}\ndata: ${data}\n\n`);
}
