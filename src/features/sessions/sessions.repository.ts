import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictException, Inject, Injectable, NotFoundException } from '@nestjs/common';
import { Outbox, pushing, type OutboxEntry } from '../../platform/outbox/index.js';
import {
  DocumentStore,
  DuplicateKeyError,
  type DocumentCollection,
  type Filter,
  type Projection,
  type Update,
} from '../../platform/persistence/index.js';
import { utcNow } from '../../protocol/index.js';
import { SerialByKey } from './serial-by-key.js';
import type { ListCursor } from '../../protocol/list-cursor.js';
import { entriesOf } from './notifications/session-entries.js';
import type { SessionNotification } from './notifications/session-hooks.js';
import { SESSIONS_COLLECTION, type SessionDocument } from './session.document.js';
import { expiryOf } from './session-expiry.js';
import { MAX_WRITE_ATTEMPTS, MAX_WRITE_PAUSE_MS } from './sessions.constants.js';
import { SESSIONS_OPTIONS, type SessionsOptions } from './sessions.options.js';
import { readFresh } from './stale-read.error.js';

/** The requested fields of a session; id and revision are always present. */
export type SessionPart = Partial<SessionDocument> & Pick<SessionDocument, '_id' | 'revision'>;

/** The decision of a change after reading the session. */
export interface Decision<R> {
  readonly result: R;
  /** Absent: nothing is written. */
  readonly update?: Update<SessionDocument>;
  /** Messages about the change, written together with it. */
  readonly notifications?: readonly SessionNotification[];
  /** Undoes writes elsewhere for an update that was certainly not made. */
  readonly undo?: () => Promise<void>;
}

/** Filter for deleted sessions without waiting notifications. */
const EMPTIED: Filter<SessionDocument> = {
  deleted: true,
  'outbox.0': { $exists: false },
  'outbox_parked.0': { $exists: false },
};

type Decide<R> = (session: SessionPart, now: string) => Decision<R> | Promise<Decision<R>>;

/**
 * The sessions' documents. Every change of a session works in one way: read the fields it depends on, decide, and write
 * if no other writer came in between.
 */
@Injectable()
export class SessionsRepository {
  readonly #sessions: DocumentCollection<SessionDocument>;
  /** Writers of one process take turns instead of conflicting. */
  readonly #turns = new SerialByKey();

  constructor(
    store: DocumentStore,
    private readonly outbox: Outbox,
    @Inject(SESSIONS_OPTIONS) private readonly options: Pick<SessionsOptions, 'expiry'>,
  ) {
    this.#sessions = store.collection(SESSIONS_COLLECTION);
    outbox.relay(SESSIONS_COLLECTION);
  }

  /** Whether the session was stored; false when its id is taken. */
  async insert(session: SessionDocument): Promise<boolean> {
    try {
      await this.#sessions.insert({
        ...session,
        ...expiryOf(session, this.options.expiry, Date.now()),
      });
      return true;
    } catch (error) {
      if (error instanceof DuplicateKeyError) return false;
      throw error;
    }
  }

  /**
   * Creates a session in place of a deleted one that still exists for its waiting notifications. They are kept, and so
   * is the sequence number, which consumers rely on.
   *
   * @returns whether there was one.
   */
  async revive(session: SessionDocument): Promise<boolean> {
    const { _id: id, sequence: _sequence, revision: _revision, ...fields } = session;
    const written = await this.#sessions.updateOne(
      { _id: { $eq: id }, deleted: true },
      {
        $set: { ...fields, ...expiryOf(session, this.options.expiry, Date.now()) },
        $unset: { deleted: true },
        $inc: { revision: 1 },
      },
    );
    return written !== null;
  }

  /** Deletes a session that was just created and is not known to any caller yet. */
  async takeBack(id: string): Promise<void> {
    await this.#sessions.deleteMany({ _id: { $eq: id }, revision: 0 });
  }

  /** Deletes the document of a deleted session, unless notifications wait in it. @returns whether it did. */
  async purge(id: string): Promise<boolean> {
    return (await this.#sessions.deleteMany({ ...EMPTIED, _id: { $eq: id } })) > 0;
  }

  /** Expired sessions. */
  expired(now: Date, limit: number): Promise<SessionPart[]> {
    const filter = { expires_at: { $lte: now }, deleted: { $ne: true } };
    return this.#sessions.find(filter, { limit, projection: { revision: 1 } });
  }

  /** Deleted sessions whose notifications are all sent. */
  emptied(limit: number): Promise<SessionPart[]> {
    return this.#sessions.find(EMPTIED, { limit, projection: { family: 1, revision: 1 } });
  }

  /** The requested fields, or null if there is no such session. */
  find(id: string, projection: Projection): Promise<SessionPart | null> {
    return this.#sessions.findOne(
      { _id: { $eq: id }, deleted: { $ne: true } },
      { projection: { ...projection, revision: 1 } },
    );
  }

  /** @throws {NotFoundException} when there is no such session. */
  async get(id: string, projection: Projection): Promise<SessionPart> {
    return (await this.find(id, projection)) ?? sessionNotFound(id);
  }

  /** Newest first; sessions of the same instant by id. */
  list(
    applicationName: string | undefined,
    limit: number,
    after: ListCursor | undefined,
    projection: Projection,
  ): Promise<SessionPart[]> {
    const conditions: Filter<SessionDocument>[] = [{ deleted: { $ne: true } }];
    if (applicationName !== undefined) {
      conditions.push({ application_name: { $eq: applicationName } });
    }
    if (after !== undefined) {
      const { created_at, _id } = after;
      conditions.push({
        $or: [{ created_at: { $lt: created_at } }, { created_at, _id: { $lt: _id } }],
      });
    }
    return this.#sessions.find(
      { $and: conditions },
      { sort: { created_at: -1, _id: -1 }, limit, projection: { ...projection, revision: 1 } },
    );
  }

  /** The sequence number of each session. */
  sequences(ids: readonly string[]): Promise<SessionPart[]> {
    const filter = { _id: { $in: ids }, deleted: { $ne: true } };
    return this.#sessions.find(filter, { projection: { sequence: 1, revision: 1 } });
  }

  /** The number of sessions of a family, including deleted ones that still exist. */
  countFamily(family: string): Promise<number> {
    return this.#sessions.count({ family: { $eq: family } });
  }

  /**
   * Changes a session: reads the requested fields, calls `decide`, and writes its decision. If another writer came in
   * between, it starts again.
   *
   * @param decide Called once for each attempt.
   * @throws {NotFoundException} when there is no such session.
   * @throws {ConflictException} when other writers came in between every time.
   */
  change<R>(id: string, projection: Projection, decide: Decide<R>): Promise<R> {
    return this.#turns.run(id, () => this.#change(id, projection, decide));
  }

  async #change<R>(id: string, projection: Projection, decide: Decide<R>): Promise<R> {
    for (let attempt = 0; attempt < MAX_WRITE_ATTEMPTS; attempt++) {
      const { session, now, decision } = await readFresh(() =>
        this.#decide(id, projection, decide),
      );
      const { result, update, notifications = [], undo } = decision;
      if (update === undefined) return result;
      const entries = entriesOf(session, notifications);
      // Nothing is undone if this throws, because the write may have succeeded although its answer was lost.
      if (await this.#write(session, update, entries, now)) {
        if (entries.length > 0) this.outbox.wake(SESSIONS_COLLECTION, id);
        return result;
      }
      await undo?.();
      // A random pause, without which conflicting writers of several processes would conflict again.
      await sleep(Math.random() * Math.min(attempt + 1, MAX_WRITE_PAUSE_MS));
    }
    throw new ConflictException(
      'The session is being changed by too many other requests, try again',
    );
  }

  async #decide<R>(id: string, projection: Projection, decide: Decide<R>) {
    const session = await this.get(id, { ...projection, ...READ_FOR_EVERY_CHANGE });
    const now = utcNow();
    return { session, now, decision: await decide(session, now) };
  }

  async #write(
    session: SessionPart,
    update: Update<SessionDocument>,
    entries: readonly OutboxEntry[],
    now: string,
  ): Promise<boolean> {
    const { _id: id, revision } = session;
    const written = await this.#sessions.updateOne(
      { _id: { $eq: id }, revision },
      {
        ...update,
        $set: {
          ...update.$set,
          updated_at: now,
          ...expiryOf(session, this.options.expiry, Date.parse(now)),
        },
        $inc: { ...update.$inc, revision: 1 },
        $push: { ...update.$push, ...pushing(...entries).$push },
      },
      { projection: { revision: 1 } },
    );
    return written !== null;
  }
}

const READ_FOR_EVERY_CHANGE = { created_at: 1, outbox: 1, outbox_parked: 1 } as const;

function sessionNotFound(id: string): never {
  throw new NotFoundException(`Session not found: ${id}`);
}
