import {
  Inject,
  Injectable,
  Logger,
  ServiceUnavailableException,
  type OnModuleDestroy,
} from '@nestjs/common';
import { chunksOf } from '../../../common/chunks.js';
import { fromStoredKeys } from '../../../platform/persistence/index.js';
import type { AnnouncedChange } from '../metadata/metadata-change.js';
import { SESSION_STREAM_OPTIONS, type SessionStreamOptions } from '../sessions.options.js';
import { SessionsRepository } from '../sessions.repository.js';
import type { EventStream } from './event-stream.js';
import { SessionFeed, type Announced } from './session-feed.js';

/** Number of sessions in one query. */
const SESSIONS_A_QUERY = 500;

/**
 * Passes each session's changes to the browsers that watch it in this process. Changes arrive by the broadcast queue;
 * missed ones are read from the session documents.
 */
@Injectable()
export class SessionEventHub implements OnModuleDestroy {
  readonly #logger = new Logger('Sessions');
  readonly #feeds = new Map<string, SessionFeed>();
  #open = 0;
  #closed = false;
  #heartbeat: NodeJS.Timeout | undefined;
  #refresh: NodeJS.Timeout | undefined;
  #failing = false;

  constructor(
    private readonly sessions: SessionsRepository,
    @Inject(SESSION_STREAM_OPTIONS) private readonly options: SessionStreamOptions,
  ) {}

  /** Number of open streams. */
  get listeners(): number {
    return this.#open;
  }

  /** Passes an announced change to the session's readers. */
  publish(sessionId: string, change: AnnouncedChange): void {
    this.#feeds.get(sessionId)?.publish(change);
  }

  /**
   * @throws {ServiceUnavailableException} if there are too many streams, or the process is shutting down.
   */
  requireCapacity(sessionId: string): void {
    const { maxListeners, maxListenersPerSession } = this.options;
    const ofSession = this.#feeds.get(sessionId)?.size ?? 0;
    if (this.#closed) throw new ServiceUnavailableException('The service is shutting down');
    if (this.#open >= maxListeners || ofSession >= maxListenersPerSession) {
      throw new ServiceUnavailableException('Too many event streams are open. Try again later');
    }
  }

  /**
   * Opens the stream and keeps it until its reader disconnects.
   *
   * @param after The number of the last change that the reader has. Later ones that the session still keeps are sent
   * first. Default: only changes from now on.
   */
  listen(sessionId: string, stream: EventStream, after?: number): void {
    this.requireCapacity(sessionId);
    const feed = this.#feeds.get(sessionId) ?? this.#newFeed(sessionId);
    this.#open++;
    this.#heartbeat ??= setInterval(() => this.#beat(), this.options.heartbeatMs).unref();
    this.#refresh ??= setInterval(() => void this.#look(), this.options.refreshMs).unref();
    stream.onClose(() => this.#leave(sessionId, feed, stream));
    stream.open();
    feed.join(stream, after);
  }

  /** Ends the streams of a deleted session. */
  endSession(sessionId: string): void {
    for (const stream of this.#feeds.get(sessionId)?.streams ?? []) stream.end();
  }

  /** Ends all streams, because an HTTP server closes only after its last connection. */
  onModuleDestroy(): void {
    this.#closed = true;
    this.#stopTimers();
    for (const feed of this.#feeds.values()) for (const stream of feed.streams) stream.end();
  }

  #newFeed(sessionId: string): SessionFeed {
    const feed = new SessionFeed(
      () => this.#announced(sessionId),
      (error) => this.#failed(error),
    );
    this.#feeds.set(sessionId, feed);
    return feed;
  }

  #leave(sessionId: string, feed: SessionFeed, stream: EventStream): void {
    feed.leave(stream);
    if (feed.size === 0 && this.#feeds.get(sessionId) === feed) this.#feeds.delete(sessionId);
    this.#open--;
    if (this.#open === 0) this.#stopTimers();
  }

  #stopTimers(): void {
    clearInterval(this.#heartbeat);
    clearInterval(this.#refresh);
    this.#heartbeat = undefined;
    this.#refresh = undefined;
  }

  #beat(): void {
    for (const feed of this.#feeds.values()) for (const stream of feed.streams) stream.heartbeat();
  }

  /** Finds watched sessions that are ahead of their readers, because a broadcast may have been missed. */
  async #look(): Promise<void> {
    const ids = [...this.#feeds.keys()];
    try {
      for (const asked of chunksOf(ids, SESSIONS_A_QUERY)) {
        for (const { _id, sequence = 0 } of await this.sessions.sequences(asked)) {
          const feed = this.#feeds.get(_id);
          if (feed?.position !== undefined && sequence > feed.position) feed.refresh();
        }
      }
      if (this.#failing) this.#logger.log('Watched sessions can be read again');
      this.#failing = false;
    } catch (error) {
      this.#failed(error);
    }
  }

  async #announced(sessionId: string): Promise<Announced | null> {
    const session = await this.sessions.find(sessionId, { sequence: 1, changes: 1 });
    if (session === null) return null;
    const { sequence = 0, changes = [] } = session;
    return {
      sequence,
      changes: changes.map((change) => ({ ...change, metadata: fromStoredKeys(change.metadata) })),
    };
  }

  /** Logs a failure once, until it works again. */
  #failed(error: unknown): void {
    if (this.#failing) return;
    this.#failing = true;
    const code = error instanceof Error ? error.name : 'unknown';
    this.#logger.warn({ code }, 'Watched sessions cannot be read');
  }
}
