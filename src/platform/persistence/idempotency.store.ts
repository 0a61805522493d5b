import {
  reserveByPut,
  type Completion,
  type IdempotencyRecord,
  type IdempotencyStore,
  type Reservation,
} from '../../transport/idempotency/idempotency.store.js';
import type {
  CollectionDefinition,
  DocumentCollection,
  Filter,
  Update,
} from './document-collection.js';
import type { DocumentStore } from './document-store.js';
import { DuplicateKeyError } from './persistence.errors.js';

interface IdempotencyDocument {
  /** The key of the work. */
  _id: string;
  status: IdempotencyRecord['status'];
  owner: string;
  payload_hash: string;
  /** Epoch milliseconds. */
  in_progress_until: number;
  /** A Date, for the index that deletes the document. */
  expires_at: Date;
  /** Absent: there was none, or it was not kept. */
  answer?: string;
}

const IDEMPOTENCY_COLLECTION: CollectionDefinition<IdempotencyDocument> = {
  name: 'idempotency',
  indexes: [{ fields: { expires_at: 1 }, expireAfterSeconds: 0 }],
};

/**
 * An `IdempotencyStore` in the service's documents: one write to reserve, one to commit.
 *
 * @example
 * new SnsSqsServer({ topology, aws, idempotency: { store: new DocumentIdempotencyStore(documents) } });
 */
export class DocumentIdempotencyStore implements IdempotencyStore {
  readonly #documents: DocumentCollection<IdempotencyDocument>;

  constructor(documents: Pick<DocumentStore, 'collection'>) {
    this.#documents = documents.collection(IDEMPOTENCY_COLLECTION);
  }

  reserve(reservation: Reservation, nowMs: number): Promise<IdempotencyRecord | undefined> {
    return reserveByPut(
      reservation,
      nowMs,
      async () => (await this.#insert(reservation)) || this.#takeOver(reservation, nowMs),
      async () => {
        const found = await this.#documents.findOne({ _id: { $eq: reservation.key } });
        return found === null ? undefined : recordOf(found);
      },
    );
  }

  renew(reservation: Reservation, inProgressUntilMs: number): Promise<boolean> {
    return this.#update(ownInProgress(reservation), {
      $set: { in_progress_until: inProgressUntilMs },
    });
  }

  commit(reservation: Reservation, { expiresAtS, answer }: Completion): Promise<boolean> {
    return this.#update(own(reservation), {
      $set: {
        status: 'COMPLETED',
        expires_at: new Date(expiresAtS * 1000),
        ...(answer !== undefined && { answer }),
      },
    });
  }

  async release(reservation: Reservation): Promise<boolean> {
    return (await this.#documents.deleteMany(ownInProgress(reservation))) > 0;
  }

  async #insert(reservation: Reservation): Promise<boolean> {
    try {
      await this.#documents.insert({ _id: reservation.key, ...reserved(reservation) });
      return true;
    } catch (error) {
      if (error instanceof DuplicateKeyError) return false;
      throw error;
    }
  }

  #takeOver(reservation: Reservation, nowMs: number): Promise<boolean> {
    const free: Filter<IdempotencyDocument> = {
      _id: { $eq: reservation.key },
      $or: [
        { expires_at: { $lt: new Date(nowMs) } },
        { status: 'INPROGRESS', in_progress_until: { $lt: nowMs } },
      ],
    };
    return this.#update(free, { $set: { ...reserved(reservation) }, $unset: { answer: true } });
  }

  async #update(
    filter: Filter<IdempotencyDocument>,
    update: Update<IdempotencyDocument>,
  ): Promise<boolean> {
    return (await this.#documents.updateOne(filter, update)) !== null;
  }
}

const own = ({ key, owner }: Reservation): Filter<IdempotencyDocument> => ({
  _id: { $eq: key },
  owner: { $eq: owner },
});

const ownInProgress = (reservation: Reservation): Filter<IdempotencyDocument> => ({
  ...own(reservation),
  status: 'INPROGRESS',
});

const reserved = (reservation: Reservation): Omit<IdempotencyDocument, '_id' | 'answer'> => ({
  status: 'INPROGRESS',
  owner: reservation.owner,
  payload_hash: reservation.payloadHash,
  in_progress_until: reservation.inProgressUntilMs,
  expires_at: new Date(reservation.expiresAtS * 1000),
});

const recordOf = (document: IdempotencyDocument): IdempotencyRecord => ({
  status: document.status,
  owner: document.owner,
  payloadHash: document.payload_hash,
  inProgressUntilMs: document.in_progress_until,
  expiresAtS: document.expires_at.getTime() / 1000,
  ...(document.answer !== undefined && { answer: document.answer }),
});
