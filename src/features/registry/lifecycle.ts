import { pushing, type OutboxEntry } from '../../platform/outbox/index.js';
import type { Update } from '../../platform/persistence/index.js';
import { normalizeTime, utcNow } from '../../protocol/index.js';
import { TERMINAL_STATUSES } from './registry.constants.js';
import type { Tracked } from './registry.documents.js';
import { AlreadyEndedError, NotInRegistryError } from './registry.errors.js';

/** A requested update. Null and undefined both leave a field unchanged. */
interface Asked {
  readonly status?: string | null | undefined;
  readonly started_at?: string | null | undefined;
  readonly completed_at?: string | null | undefined;
  /** All other fields, by path; undefined removes a field. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Correlation id of the Command. */
  readonly by: string;
}

/** A job or a step that can be found and changed. */
interface Subject<T extends Tracked> {
  readonly what: 'Job' | 'Step';
  readonly id: string;
  find(): Promise<T | null>;
  change(change: Update<Tracked>, unlessEnded: boolean): Promise<T | null>;
  /** The publications caused by the change. */
  announce(before: T, after: T): OutboxEntry[];
}

export function isTerminal(status: string): boolean {
  return TERMINAL_STATUSES.some((terminal) => terminal === status);
}

/**
 * Makes an update in one atomic step. Its filter enforces that an end is final: of two updates that end it, the second
 * finds it ended.
 *
 * @throws {NotInRegistryError} or {AlreadyEndedError}, the latter only for another status.
 */
export async function advance<T extends Tracked>(subject: Subject<T>, asked: Asked): Promise<T> {
  const { what, id } = subject;
  const status = asked.status ?? undefined;
  const before = await subject.find();
  if (before === null) throw new NotInRegistryError(what, id);
  const written = await write(subject, before, asked, status !== undefined);
  if (written !== null) return written;
  const found = await subject.find();
  if (found === null) throw new NotInRegistryError(what, id);
  if (found.status !== status) throw new AlreadyEndedError(what, found.status, id);
  // A redelivery: its change has been made, and later updates may have changed it since.
  if (found.completed_by === asked.by) return found;
  const { fields, by } = asked;
  return (await write(subject, found, { fields, by }, false)) ?? found;
}

function write<T extends Tracked>(
  subject: Subject<T>,
  before: T,
  asked: Asked,
  unlessEnded: boolean,
): Promise<T | null> {
  const { change, after } = changeOf(before, asked);
  if (unlessEnded && isTerminal(before.status)) return Promise.resolve(null);
  // An update without changes only reads.
  if (change === undefined) return Promise.resolve(before);
  return subject.change({ ...change, ...pushing(...subject.announce(before, after)) }, unlessEnded);
}

interface Changed<T> {
  /** Undefined if there is nothing to write. */
  readonly change: Update<Tracked> | undefined;
  /** The document with the change, except for metadata, which the store merges. */
  readonly after: T;
}

/** The change that an update makes to a document. */
export function changeOf<T extends Tracked>(
  before: T,
  { status, started_at, completed_at, fields, by }: Asked,
): Changed<T> {
  const ends = status !== undefined && status !== null && isTerminal(status);
  const starts = status === 'running' && (started_at ?? undefined) === undefined;
  const set = {
    ...given(fields),
    ...(status === undefined || status === null ? {} : { status }),
    ...timeField('started_at', started_at),
    ...timeField('completed_at', completed_at ?? (ends ? utcNow() : undefined)),
    ...(ends ? { completed_by: by } : {}),
  };
  const removed = Object.keys(fields).filter((field) => fields[field] === undefined);
  // Only the first start counts.
  const min = starts ? { started_at: utcNow() } : {};
  const change = {
    ...(Object.keys(set).length > 0 && { $set: set }),
    ...(removed.length > 0 && {
      $unset: Object.fromEntries(removed.map((field) => [field, true])),
    }),
    ...(starts && { $min: min }),
  };
  const empty = Object.keys(set).length === 0 && !starts && removed.length === 0;
  const after: T = {
    ...before,
    ...min,
    ...(before.started_at && { started_at: before.started_at }),
    ...set,
  };
  for (const field of removed) Reflect.deleteProperty(after, field);
  return { change: empty ? undefined : change, after };
}

function timeField(name: string, time: string | null | undefined): Record<string, string> {
  const normal = normalizeTime(time ?? '');
  return normal === undefined ? {} : { [name]: normal };
}

/** Metadata to merge, by path. */
export function mergedMetadata(
  metadata: Readonly<Record<string, unknown>> | null | undefined,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata ?? {}).map(([key, value]) => [`metadata.${key}`, value]),
  );
}

/** The given fields, without null and undefined. */
export function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  );
}
