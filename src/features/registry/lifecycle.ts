import { normalizeTime, utcNow } from '../../protocol/index.js';
import { TERMINAL_STATUSES } from './registry.constants.js';
import type { Tracked } from './registry.documents.js';
import { AlreadyEndedError, NotInRegistryError } from './registry.errors.js';
import type { Change } from './registry.repository.js';

/** What an update asks for. Null and undefined both leave things as they are. */
export interface Asked {
  readonly status?: string | null | undefined;
  readonly started_at?: string | null | undefined;
  readonly completed_at?: string | null | undefined;
  /** Everything else, by path. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The Command that asks. */
  readonly by: string;
}

/** A job or a step that can be found and changed. */
export interface Subject<T extends Tracked> {
  readonly what: 'Job' | 'Step';
  readonly id: string;
  find(): Promise<T | null>;
  change(change: Change, unlessEnded: boolean): Promise<T | null>;
}

export interface Advanced<T> {
  readonly document: T;
  /** Whether this update, or the same one when it came before, ended it. */
  readonly ended: boolean;
}

export function isTerminal(status: string): boolean {
  return TERMINAL_STATUSES.some((terminal) => terminal === status);
}

/**
 * Carries an update out in one atomic step. The rule that an end is final lies in
 * that step's filter: of two updates that end it, one finds it not ended yet.
 *
 * @throws {NotInRegistryError} or {AlreadyEndedError}, the latter only for another status.
 */
export async function advance<T extends Tracked>(
  subject: Subject<T>,
  asked: Asked,
): Promise<Advanced<T>> {
  const { what, id } = subject;
  const change = changeOf(asked);
  const status = asked.status ?? undefined;
  const written = await write(subject, change, status !== undefined);
  if (written !== null) {
    return { document: written, ended: status !== undefined && isTerminal(status) };
  }
  const found = await subject.find();
  if (found === null) throw new NotInRegistryError(what, id);
  if (found.status !== status) throw new AlreadyEndedError(what, found.status, id);
  // Redelivered: whatever it asked for is there, and may have been changed by others since.
  if (found.completed_by === asked.by) return { document: found, ended: true };
  const document = await write(subject, { $set: asked.fields }, false);
  return { document: document ?? found, ended: false };
}

/** Carries an update out unless the job or step has ended or is not there; then null. */
export function advanceUnlessEnded<T extends Tracked>(
  subject: Subject<T>,
  asked: Asked,
): Promise<T | null> {
  return subject.change(changeOf(asked), true);
}

/** An update without anything to write only looks. */
function write<T extends Tracked>(
  subject: Subject<T>,
  change: Change,
  unlessEnded: boolean,
): Promise<T | null> {
  const empty = Object.keys(change.$set).length === 0;
  return empty ? subject.find() : subject.change(change, unlessEnded);
}

function changeOf({ status, started_at, completed_at, fields, by }: Asked): Change {
  const ends = status !== undefined && status !== null && isTerminal(status);
  const starts = status === 'running' && (started_at ?? undefined) === undefined;
  return {
    $set: {
      ...fields,
      ...(status === undefined || status === null ? {} : { status }),
      ...timeField('started_at', started_at),
      ...timeField('completed_at', completed_at ?? (ends ? utcNow() : undefined)),
      ...(ends ? { completed_by: by } : {}),
    },
    // The first time it runs counts, however often it is said.
    ...(starts ? { $min: { started_at: utcNow() } } : {}),
  };
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
