import { randomBytes } from 'node:crypto';
import {
  Inject,
  Injectable,
  ServiceUnavailableException,
  type OnModuleDestroy,
} from '@nestjs/common';
import { SESSION_STREAM_OPTIONS, type SessionStreamOptions } from '../sessions.options.js';
import { EventHistory } from './event-history.js';
import type { EventStream } from './event-stream.js';

/** A change of metadata, as the clients of the session see it. */
export interface SessionEvent {
  readonly sessionId: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly timestamp: string;
  readonly sequence: number | undefined;
}

const EVENT_ID = /^([0-9a-f]{8})-(\d{1,15})$/;

/**
 * Hands each session's events to the clients that listen to it in this process, and keeps the
 * latest for those that come back.
 */
@Injectable()
export class SessionEventHub implements OnModuleDestroy {
  readonly #streams = new Map<string, Set<EventStream>>();
  readonly #history: EventHistory;
  /** Part of each event's id: numbers start again with the process, and mean nothing to another. */
  readonly #epoch = randomBytes(4).toString('hex');
  #lastNumber = 0;
  #open = 0;
  #closed = false;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(@Inject(SESSION_STREAM_OPTIONS) private readonly options: SessionStreamOptions) {
    this.#history = new EventHistory(options);
  }

  /** Streams open now. */
  get listeners(): number {
    return this.#open;
  }

  /** Sends an event to all who listen. A message SQS delivers a second time is not sent again. */
  publish(event: SessionEvent): void {
    const { sessionId, sequence, timestamp, metadata } = event;
    const identity = sequence === undefined ? undefined : `${sequence} ${timestamp}`;
    if (identity !== undefined && this.#history.has(sessionId, identity)) return;
    const number = ++this.#lastNumber;
    // JSON.stringify leaves no line break, so one data line holds it.
    const data = JSON.stringify({ type: 'metadata_update', data: metadata });
    const frame = `id: ${this.#epoch}-${number}\ndata: ${data}\n\n`;
    this.#history.append(sessionId, { number, frame, identity });
    for (const stream of this.#streams.get(sessionId) ?? []) stream.send(frame);
  }

  /**
   * @throws ServiceUnavailableException when there are too many streams, or the process is
   * shutting down.
   */
  requireRoom(sessionId: string): void {
    const { maxListeners, maxListenersPerSession } = this.options;
    const ofSession = this.#streams.get(sessionId)?.size ?? 0;
    if (this.#closed) throw new ServiceUnavailableException('The service is shutting down');
    if (this.#open >= maxListeners || ofSession >= maxListenersPerSession) {
      throw new ServiceUnavailableException('Too many event streams are open, try again later');
    }
  }

  /**
   * Opens the stream and keeps it until its client goes.
   *
   * @param lastEventId The id of the last event the client has. Everything known that came after
   * it is sent first; after an id of another process that is everything known.
   */
  listen(sessionId: string, stream: EventStream, lastEventId: string | undefined): void {
    this.requireRoom(sessionId);
    const streams = this.#streams.get(sessionId) ?? new Set();
    this.#streams.set(sessionId, streams.add(stream));
    this.#open++;
    this.#heartbeat ??= setInterval(() => this.#beat(), this.options.heartbeatMs).unref();
    stream.onClose(() => this.#leave(sessionId, stream));
    stream.open();
    if (lastEventId === undefined) return;
    const missed = this.#history.after(sessionId, this.#numberOf(lastEventId));
    for (const event of missed) stream.send(event.frame);
  }

  /** Ends the streams of a session that is no more, and forgets its events. */
  endSession(sessionId: string): void {
    this.#history.forget(sessionId);
    for (const stream of this.#streams.get(sessionId) ?? []) stream.end();
  }

  /** Ends all streams: an HTTP server closes only when its last connection has. */
  onModuleDestroy(): void {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    for (const streams of this.#streams.values()) {
      for (const stream of streams) stream.end();
    }
  }

  #leave(sessionId: string, stream: EventStream): void {
    const streams = this.#streams.get(sessionId);
    if (streams?.delete(stream) !== true) return;
    if (streams.size === 0) this.#streams.delete(sessionId);
    this.#open--;
    if (this.#open > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  #beat(): void {
    for (const streams of this.#streams.values()) {
      for (const stream of streams) stream.heartbeat();
    }
  }

  #numberOf(eventId: string): number {
    const [, epoch, number] = EVENT_ID.exec(eventId) ?? [];
    return epoch === this.#epoch ? Number(number) : 0;
  }
}
