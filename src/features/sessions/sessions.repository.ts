import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictException, Injectable } from '@nestjs/common';
import {
  DocumentStore,
  DuplicateKeyError,
  type DocumentCollection,
  type Filter,
} from '../../platform/persistence/index.js';
import type { Feedback } from './feedback.js';
import type { ListCursor } from './list-cursor.js';
import { applied, metadataUpdate, requireFitting, type MetadataChange } from './metadata-change.js';
import { metadataSize } from './session-metadata.js';
import { SESSIONS_COLLECTION, type SessionDocument } from './session.document.js';
import {
  MAX_FEEDBACKS,
  MAX_METADATA_BYTES,
  MAX_METADATA_KEYS,
  MAX_WRITE_ATTEMPTS,
} from './sessions.constants.js';

export type SessionSummary = Omit<
  SessionDocument,
  'feedbacks' | 'guardrail_events' | 'agents' | 'session_viewer_password_hash'
>;

/** What a metadata write left behind. */
export type MetadataWritten = Pick<SessionDocument, 'metadata' | 'sequence' | 'updated_at'>;

const SUMMARY = {
  application_name: 1,
  session_type: 1,
  created_at: 1,
  updated_at: 1,
  metadata: 1,
  sequence: 1,
  metadata_usage: 1,
} as const;

/** The sessions' documents. Every write is one atomic update of one document. */
@Injectable()
export class SessionsRepository {
  readonly #sessions: DocumentCollection<SessionDocument>;

  constructor(store: DocumentStore) {
    this.#sessions = store.collection(SESSIONS_COLLECTION);
  }

  /** Whether the session was stored; false when its id is taken. */
  async insert(session: SessionDocument): Promise<boolean> {
    try {
      await this.#sessions.insert(session);
      return true;
    } catch (error) {
      if (error instanceof DuplicateKeyError) return false;
      throw error;
    }
  }

  find(id: string): Promise<SessionSummary | null> {
    return this.#sessions.findOne({ _id: id }, { projection: SUMMARY });
  }

  /** Newest first; sessions of the same instant by id. */
  list(
    applicationName: string | undefined,
    limit: number,
    after: ListCursor | undefined,
  ): Promise<SessionSummary[]> {
    const conditions: Filter<SessionDocument>[] = [];
    if (applicationName !== undefined) conditions.push({ application_name: applicationName });
    if (after !== undefined) {
      const { created_at, _id } = after;
      conditions.push({
        $or: [{ created_at: { $lt: created_at } }, { created_at, _id: { $lt: _id } }],
      });
    }
    return this.#sessions.find(conditions.length === 0 ? {} : { $and: conditions }, {
      sort: { created_at: -1, _id: -1 },
      limit,
      projection: SUMMARY,
    });
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#sessions.deleteMany({ _id: id })) > 0;
  }

  /**
   * Writes a change of metadata, and with it the next sequence number when `announce` is set.
   *
   * @returns undefined when there is no such session.
   * @throws ConflictException when the metadata as a whole would go over a limit, or when other
   * writers came between every time.
   */
  async changeMetadata(
    id: string,
    change: MetadataChange,
    announce: boolean,
  ): Promise<MetadataWritten | undefined> {
    const brings = 'set' in change ? metadataSize(change.set) : { keys: 0, bytes: 0 };
    const fits: Filter<SessionDocument> = {
      _id: id,
      'metadata_usage.keys': { $lte: MAX_METADATA_KEYS - brings.keys },
      'metadata_usage.bytes': { $lte: MAX_METADATA_BYTES - brings.bytes },
    };
    const written = await this.#sessions.updateOne(
      fits,
      metadataUpdate(change, announce, {
        $inc: { 'metadata_usage.keys': brings.keys, 'metadata_usage.bytes': brings.bytes },
      }),
    );
    return written ?? this.#changeCountedMetadata(id, change, announce);
  }

  /**
   * Adds a feedback at the end.
   *
   * @returns whether there is such a session.
   * @throws ConflictException when the session has as many as it may have.
   */
  async addFeedback(id: string, feedback: Feedback): Promise<boolean> {
    const written = await this.#sessions.updateOne(
      { _id: id, [`feedbacks.${MAX_FEEDBACKS - 1}`]: { $exists: false } },
      { $push: { feedbacks: feedback }, $set: { updated_at: feedback.created_at } },
    );
    if (written !== null) return true;
    if ((await this.find(id)) === null) return false;
    throw new ConflictException(`The session has its ${MAX_FEEDBACKS} feedbacks`);
  }

  /** In the order they were given, or undefined when there is no such session. */
  async feedbacks(id: string): Promise<readonly Feedback[] | undefined> {
    const session = await this.#sessions.findOne({ _id: id }, { projection: { feedbacks: 1 } });
    return session?.feedbacks;
  }

  /** The slow way, for a change that may not fit: count what there would be, and write if nobody else did. */
  async #changeCountedMetadata(
    id: string,
    change: MetadataChange,
    announce: boolean,
  ): Promise<MetadataWritten | undefined> {
    for (let attempt = 0; attempt < MAX_WRITE_ATTEMPTS; attempt++) {
      const session = await this.find(id);
      if (session === null) return undefined;
      const size = requireFitting(applied(session.metadata, change));
      const written = await this.#sessions.updateOne(
        { _id: id, 'metadata_usage.writes': session.metadata_usage.writes },
        metadataUpdate(change, announce, {
          $set: { 'metadata_usage.keys': size.keys, 'metadata_usage.bytes': size.bytes },
        }),
      );
      if (written !== null) return written;
      // Writers that lost to one another together would otherwise go on doing so.
      await sleep(Math.random() * Math.min(attempt, 10));
    }
    throw new ConflictException('The metadata is being changed by too many others, try again');
  }
}
