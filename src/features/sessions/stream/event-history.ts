import type { SessionStreamOptions } from '../sessions.options.js';

/** One event as it was, or would have been, streamed. */
export interface StreamedEvent {
  /** Grows by one with every event of this process. */
  readonly number: number;
  /** The lines of the event stream, ready to be written. */
  readonly frame: string;
  /** What tells a message delivered twice from a new one. */
  readonly identity: string | undefined;
}

type Limits = Pick<SessionStreamOptions, 'historyPerSession' | 'historySessions' | 'historyBytes'>;

/**
 * The latest events of the sessions that changed last, for clients that come back. Bounded by
 * events a session, by sessions and by bytes; what goes first is what changed longest ago.
 */
export class EventHistory {
  /** In the order of each session's latest event. */
  readonly #sessions = new Map<string, StreamedEvent[]>();
  #bytes = 0;

  constructor(private readonly limits: Limits) {}

  append(sessionId: string, event: StreamedEvent): void {
    const events = this.#sessions.get(sessionId) ?? [];
    this.#sessions.delete(sessionId);
    this.#sessions.set(sessionId, events);
    events.push(event);
    this.#bytes += size(event);
    if (events.length > this.limits.historyPerSession) this.#dropFirst(sessionId, events);
    while (
      this.#sessions.size > this.limits.historySessions ||
      this.#bytes > this.limits.historyBytes
    ) {
      const [oldest] = this.#sessions;
      if (oldest === undefined) break;
      this.#dropFirst(...oldest);
    }
  }

  /** The session's events after the numbered one, oldest first. */
  after(sessionId: string, number: number): readonly StreamedEvent[] {
    return (this.#sessions.get(sessionId) ?? []).filter((event) => event.number > number);
  }

  has(sessionId: string, identity: string): boolean {
    const events = this.#sessions.get(sessionId) ?? [];
    return events.some((event) => event.identity === identity);
  }

  forget(sessionId: string): void {
    const events = this.#sessions.get(sessionId) ?? [];
    for (const event of events) this.#bytes -= size(event);
    this.#sessions.delete(sessionId);
  }

  #dropFirst(sessionId: string, events: StreamedEvent[]): void {
    const dropped = events.shift();
    if (dropped !== undefined) this.#bytes -= size(dropped);
    if (events.length === 0) this.#sessions.delete(sessionId);
  }
}

/** In memory a string takes up to two bytes a character. */
function size(event: StreamedEvent): number {
  return 2 * event.frame.length;
}
