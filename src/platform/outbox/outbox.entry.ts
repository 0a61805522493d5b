import { randomUUID } from 'node:crypto';
import { ValidationFailedError } from '../../transport/errors/index.js';
import type { CollectionDefinition, IndexDefinition } from '../persistence/index.js';
import { MAX_ENTRY_BYTES } from './outbox.constants.js';

/** A publication caused by a document's change, written into that document by the same update. */
export interface OutboxEntry {
  /** Unique, and the same for every attempt, so that a receiver can recognise a repetition. */
  readonly id: string;
  /** Selects the handler that publishes it. */
  readonly kind: string;
  /** Entries of one key in one document are published in their order. */
  readonly key: string;
  /** JSON text, because documents restrict keys. */
  readonly data: string;
  /** Earliest time of publication. The epoch means at once, whatever the clocks of writer and relay. */
  readonly due_at: Date;
  /** When it became due, by the writer's clock; for the metric of its age. */
  readonly since: Date;
  /** Number of failed attempts. */
  readonly attempts: number;
  /** Number of attempts during which the process ended. */
  readonly starts: number;
  /** Why the last attempt failed. */
  readonly error?: string;
}

/** An entry that is not tried again until it is redriven. */
export interface ParkedEntry extends OutboxEntry {
  readonly parked_at: Date;
  readonly reason: string;
}

/** The claim of a relay on a document. It holds no time: other relays observe whether it changes. */
export interface OutboxLease {
  readonly token: string;
  /** For people: the host and process of the relay. */
  readonly owner: string;
}

/** What a document with an outbox has besides its own fields. */
export interface OutboxDocument {
  _id: string;
  outbox?: OutboxEntry[];
  outbox_parked?: ParkedEntry[];
  outbox_lease?: OutboxLease;
  /** Claims since the last regular end of one: more than one means that a process ended in between. */
  outbox_starts?: number;
  /** Whether the document is deleted with its last entry, once that is published and none is parked. */
  outbox_then_delete?: boolean;
}

export interface EntryOptions {
  /** Entries of one key in one document are published in their order. Default: one key for the whole document. */
  readonly key?: string;
  /** Earliest time of publication, by the relay's clock. Default: at once. */
  readonly dueAt?: Date;
  /** 1 to 128 printable ASCII characters; `cancel` needs it. Default: a new UUID. */
  readonly id?: string;
}

const AT_ONCE = new Date(0);

/**
 * Makes an entry for a document.
 *
 * @throws {ValidationFailedError} when its data is no JSON or over 1 MiB, or its id unusable.
 * @example
 * await jobs.insert({ ...job, outbox: [outboxEntry('event', event)] });
 */
export function outboxEntry(
  kind: string,
  data: unknown,
  { key = '', dueAt, id = randomUUID() }: EntryOptions = {},
): OutboxEntry {
  const json: unknown = JSON.stringify(data);
  if (typeof json !== 'string' || Buffer.byteLength(json) > MAX_ENTRY_BYTES) {
    throw invalidEntry(kind, 'data', `must be JSON of at most ${MAX_ENTRY_BYTES} bytes`);
  }
  if (!/^[!-~]{1,128}$/.test(id)) {
    throw invalidEntry(kind, 'id', 'must have 1 to 128 printable ASCII characters');
  }
  const since = dueAt ?? new Date();
  return { id, kind, key, data: json, due_at: dueAt ?? AT_ONCE, since, attempts: 0, starts: 0 };
}

function invalidEntry(kind: string, field: string, message: string): ValidationFailedError {
  return new ValidationFailedError(`An outbox entry of kind "${kind}": ${field} ${message}`, [
    { field, message },
  ]);
}

/**
 * The part of an update that appends entries.
 *
 * @example
 * await jobs.updateOne(filter, { $set: { status }, ...pushing(outboxEntry('event', event)) });
 */
export function pushing(...entries: readonly OutboxEntry[]): {
  readonly $push?: { readonly outbox: { readonly $each: readonly OutboxEntry[] } };
} {
  return entries.length === 0 ? {} : { $push: { outbox: { $each: entries } } };
}

const OUTBOX_INDEXES: readonly IndexDefinition[] = [
  { fields: { 'outbox.due_at': 1 }, sparse: true },
  { fields: { 'outbox.since': 1 }, sparse: true },
  { fields: { 'outbox_lease.token': 1 }, sparse: true },
  { fields: { 'outbox_parked.id': 1 }, sparse: true },
];

/** The collection with the indexes its outbox needs. */
export function withOutbox<T extends OutboxDocument>(
  definition: CollectionDefinition<T>,
): CollectionDefinition<T> {
  return { ...definition, indexes: [...(definition.indexes ?? []), ...OUTBOX_INDEXES] };
}

/** Fields that belong to the outbox, for projections that leave them out. */
export const WITHOUT_OUTBOX = {
  outbox: 0,
  outbox_parked: 0,
  outbox_lease: 0,
  outbox_starts: 0,
  outbox_then_delete: 0,
} as const;
