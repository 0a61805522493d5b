import type { DocumentCollection, Filter, Update } from '../persistence/index.js';
import { MAX_WATCHED_CLAIMS } from './outbox.constants.js';
import type { OutboxDocument, OutboxEntry, OutboxLease, ParkedEntry } from './outbox.entry.js';

/** The tokens a claim may have: it is unknown whether a failed renewal was written. */
export type Tokens = readonly string[];

type Documents = DocumentCollection<OutboxDocument>;

const UNCLAIMED = { 'outbox_lease.token': { $exists: false } } as const;
const OUTBOX_ONLY = {
  outbox: 1,
  outbox_lease: 1,
  outbox_starts: 1,
  outbox_then_delete: 1,
} as const;

/** The outcomes of a claimed document's entries. */
export interface Settlement {
  /** Ids of entries to remove: published or cancelled. */
  readonly published: readonly string[];
  readonly parked: readonly ParkedEntry[];
  /** Entries to retry, in their new state. */
  readonly failed: readonly OutboxEntry[];
}

/** What happens to a document and its claim when outcomes are recorded. */
export interface SettleOptions {
  /** Whether the claim is kept. */
  readonly keep: boolean;
  /** Whether the document is deleted with its last entry. */
  readonly thenDelete: boolean;
}

/** The outboxes in the documents of one collection. Each change is one atomic update of one document. */
export class OutboxCollection {
  readonly name: string;
  readonly #documents: Documents;

  constructor(name: string, documents: Documents) {
    this.name = name;
    this.#documents = documents;
  }

  /** Ids of documents with an entry that is due and that no relay has claimed; the longest due first. */
  async due(now: Date, limit: number): Promise<string[]> {
    const found = await this.#documents.find(
      { 'outbox.due_at': { $lte: now }, ...UNCLAIMED },
      { sort: { 'outbox.due_at': 1 }, limit, projection: { _id: 1 } },
    );
    return found.map(({ _id: id }) => id);
  }

  /** Documents that relays have claimed. */
  claimed(): Promise<OutboxDocument[]> {
    return this.#documents.find(
      { 'outbox_lease.token': { $exists: true } },
      { limit: MAX_WATCHED_CLAIMS, projection: { outbox_lease: 1 } },
    );
  }

  /** @returns the document, or null when nothing of it is due or a relay has it. */
  claim(id: string, lease: OutboxLease, now: Date): Promise<OutboxDocument | null> {
    return this.#documents.updateOne(
      { _id: { $eq: id }, 'outbox.due_at': { $lte: now }, ...UNCLAIMED },
      { $set: { outbox_lease: lease }, $inc: { outbox_starts: 1 } },
      { projection: OUTBOX_ONLY },
    );
  }

  /** Takes over a claim whose token has not changed. @returns null when it has. */
  takeOver(id: string, token: string, lease: OutboxLease): Promise<OutboxDocument | null> {
    return this.#documents.updateOne(
      held(id, [token]),
      { $set: { outbox_lease: lease }, $inc: { outbox_starts: 1 } },
      { projection: OUTBOX_ONLY },
    );
  }

  /** @returns null when another relay has it. */
  renew(id: string, tokens: Tokens, next: string): Promise<OutboxDocument | null> {
    return this.#documents.updateOne(
      held(id, tokens),
      { $set: { 'outbox_lease.token': next } },
      { projection: { _id: 1 } },
    );
  }

  /** Counts the start of an attempt. @returns the entry; null when it or the claim no longer exists. */
  async start(id: string, tokens: Tokens, entry: OutboxEntry): Promise<OutboxEntry | null> {
    for (;;) {
      const document = await this.#documents.findOne(held(id, tokens), { projection: OUTBOX_ONLY });
      const at = document?.outbox?.findIndex((one) => one.id === entry.id) ?? -1;
      if (at < 0) return null;
      const started = await this.#documents.updateOne(
        { ...held(id, tokens), [`outbox.${at}.id`]: { $eq: entry.id } },
        { $inc: { [`outbox.${at}.starts`]: 1 } },
        { projection: OUTBOX_ONLY },
      );
      const found = started?.outbox?.[at];
      if (found !== undefined) return found;
    }
  }

  /**
   * Records the outcomes of entries, and ends the claim unless it is kept. A document to be deleted with its last entry
   * is deleted instead, in one step, so that no crash leaves it behind.
   *
   * @returns the document after it; null when another relay has it.
   */
  async settle(
    id: string,
    tokens: Tokens,
    settlement: Settlement,
    { keep, thenDelete }: SettleOptions,
  ): Promise<OutboxDocument | null> {
    const { published, parked, failed } = settlement;
    if (thenDelete && parked.length === 0 && failed.length === 0) {
      if (await this.#deleteEmptied(id, tokens, published)) return { _id: id };
    }
    const ends: Update<OutboxDocument> = keep
      ? {}
      : { $unset: { outbox_lease: true, outbox_starts: true } };
    const gone = [...published, ...parked.map((entry) => entry.id)];
    const takes: Update<OutboxDocument> = {
      ...(gone.length > 0 && { $pull: { outbox: { id: { $in: gone } } } }),
      ...(parked.length > 0 && { $push: { outbox_parked: { $each: parked } } }),
    };
    if (failed.length === 0) return this.#update(id, tokens, { ...takes, ...ends });
    const left = await this.#update(id, tokens, takes);
    return left === null ? null : this.#writeFailures(left, tokens, failed, ends);
  }

  /** Removes an entry that no relay is publishing. @returns whether it existed. */
  async cancel(id: string, entryId: string): Promise<boolean> {
    const taken = await this.#documents.updateOne(
      { _id: { $eq: id }, 'outbox.id': { $eq: entryId }, ...UNCLAIMED },
      { $pull: { outbox: { id: entryId } } },
    );
    return taken !== null;
  }

  /** Puts a parked entry at the end of the outbox again. @returns whether it was parked. */
  async redrive(id: string, entryId: string): Promise<boolean> {
    const parked: Filter<OutboxDocument> = {
      _id: { $eq: id },
      'outbox_parked.id': { $eq: entryId },
    };
    const document = await this.#documents.findOne(parked, { projection: { outbox_parked: 1 } });
    const found = document?.outbox_parked?.find((entry) => entry.id === entryId);
    if (found === undefined) return false;
    const { parked_at: _at, reason: _reason, error: _error, ...entry } = found;
    const again: OutboxEntry = {
      ...entry,
      due_at: new Date(0),
      since: new Date(),
      attempts: 0,
      starts: 0,
    };
    const written = await this.#documents.updateOne(parked, {
      $pull: { outbox_parked: { id: entryId } },
      $push: { outbox: again },
    });
    return written !== null;
  }

  /** Documents with parked entries. */
  withParked(limit: number, afterId: string | undefined): Promise<OutboxDocument[]> {
    return this.#documents.find(
      {
        'outbox_parked.id': { $exists: true },
        ...(afterId !== undefined && { _id: { $gt: afterId } }),
      },
      { sort: { _id: 1 }, limit, projection: { outbox_parked: 1 } },
    );
  }

  parkedDocuments(): Promise<number> {
    return this.#documents.count({ 'outbox_parked.id': { $exists: true } });
  }

  dueDocuments(now: Date): Promise<number> {
    return this.#documents.count({ 'outbox.since': { $lte: now } });
  }

  /** When the oldest due entry became due. */
  async oldest(now: Date): Promise<Date | undefined> {
    const [document] = await this.#documents.find(
      { 'outbox.since': { $lte: now } },
      { sort: { 'outbox.since': 1 }, limit: 1, projection: { outbox: 1 } },
    );
    return document?.outbox?.map(({ since }) => since).reduce((a, b) => (a < b ? a : b));
  }

  /** Does nothing if an entry was written meanwhile, or one is parked. */
  async #deleteEmptied(id: string, tokens: Tokens, published: readonly string[]): Promise<boolean> {
    const deleted = await this.#documents.deleteMany({
      ...held(id, tokens),
      outbox_then_delete: { $eq: true },
      outbox: { $not: { $elemMatch: { id: { $nin: published } } } },
      'outbox_parked.0': { $exists: false },
    });
    return deleted > 0;
  }

  async #writeFailures(
    document: OutboxDocument,
    tokens: Tokens,
    failed: readonly OutboxEntry[],
    ends: Update<OutboxDocument>,
  ): Promise<OutboxDocument | null> {
    const { _id: id, outbox = [] } = document;
    const there: Record<string, { $eq: string }> = {};
    const changed: Record<string, unknown> = {};
    for (const entry of failed) {
      const at = outbox.findIndex((one) => one.id === entry.id);
      if (at < 0) continue;
      there[`outbox.${at}.id`] = { $eq: entry.id };
      changed[`outbox.${at}`] = entry;
    }
    return this.#documents.updateOne(
      { ...held(id, tokens), ...there },
      { ...(Object.keys(changed).length > 0 && { $set: changed }), ...ends },
      { projection: OUTBOX_ONLY },
    );
  }

  async #update(
    id: string,
    tokens: Tokens,
    update: Update<OutboxDocument>,
  ): Promise<OutboxDocument | null> {
    return Object.keys(update).length === 0
      ? this.#documents.findOne(held(id, tokens), { projection: OUTBOX_ONLY })
      : this.#documents.updateOne(held(id, tokens), update, { projection: OUTBOX_ONLY });
  }
}

const held = (id: string, tokens: Tokens): Filter<OutboxDocument> => ({
  _id: { $eq: id },
  'outbox_lease.token': { $in: tokens },
});
