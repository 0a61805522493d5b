import { pushing, type OutboxEntry } from '../../platform/outbox/index.js';
import type { Update } from '../../platform/persistence/index.js';
import { normalizeTime, utcNow } from '../../protocol/index.js';
import { TERMINAL_STATUSES } from './registry.constants.js';
import type { Tracked } from './registry.documents.js';
import { AlreadyEndedError, NotInRegistryError } from './registry.errors.js';

/** What an update asks for. Null and undefined both leave things as they are. */
export interface Asked {
  readonly status?: string | null | undefined;
  readonly started_at?: string | null | undefined;
  readonly completed_at?: string | null | undefined;
  /** Everything else, by path; undefined takes the field away. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The Command that asks. */
  readonly by: string;
}

/** A job or a step that can be found and changed. */
export interface Subject<T extends Tracked> {
  readonly what: 'Job' | 'Step';
  readonly id: string;
  find(): Promise<T | null>;
  change(change: Update<Tracked>, unlessEnded: boolean): Promise<T | null>;
  /** What has to be published because of the change, as the document will be after it. */
  announce(before: T, after: T): OutboxEntry[];
}

export function isTerminal(status: string): boolean {
  return TERMINAL_STATUSES.some((terminal) => terminal === status);
}

/**
 * Carries an update out in one atomic step. The rule that an end is final lies in
 * that step's filter: of two updates that end it, one finds it ended.
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
  // Received again: whatever it asked for is there, and may have been changed by others since.
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
  // An update without anything to write only looks.
  if (change === undefined) return Promise.resolve(before);
  return subject.change({ ...change, ...pushing(...subject.announce(before, after)) }, unlessEnded);
}

interface Changed<T> {
  /** Undefined when nothing is to be written. */
  readonly change: Update<Tracked> | undefined;
  /** The document with the change; metadata, which is merged by the store, aside. */
  readonly after: T;
}

/** What an update writes into a document. */
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
  // The first time it runs counts, however often it is said.
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

/** Metadata to merge, as paths. */
export function mergedMetadata(
  metadata: Readonly<Record<string, unknown>> | null | undefined,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metadata ?? {}).map(([key, value]) => [`metadata.${key}`, value]),
  );
}

/** The fields that are there, without null and undefined. */
export function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  );
}
