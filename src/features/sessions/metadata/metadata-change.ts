import { ConflictException } from '@nestjs/common';
import type { JsonObject } from '../../../protocol/index.js';
import { jsonBytes } from '../free-form.js';
import {
  KEPT_CHANGES,
  KEPT_CHANGES_BYTES,
  MAX_METADATA_BYTES,
  MAX_METADATA_KEYS,
} from '../sessions.constants.js';

export type MetadataOperation = 'update' | 'delete';

/** A change of metadata: keys to set, or keys to remove. */
export type MetadataChange =
  | { readonly operation: 'update'; readonly values: JsonObject }
  | { readonly operation: 'delete'; readonly keys: readonly string[] };

/** An announced change, which is kept for event streams that resume. */
export interface AnnouncedChange {
  /** Grows by one with each announced change of the session. */
  readonly sequence: number;
  readonly operation: MetadataOperation;
  /** The changed fields that may leave the service; `null` for each deleted one. */
  readonly metadata: JsonObject;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
}

/** The change as fields: the new value of each key, `null` for a deleted key. */
export function changedFields(change: MetadataChange): JsonObject {
  return change.operation === 'update'
    ? change.values
    : Object.fromEntries(change.keys.map((key) => [key, null]));
}

/**
 * The metadata after the change.
 *
 * @throws {ConflictException} if the result would exceed a limit.
 */
export function applyChange(metadata: Readonly<JsonObject>, change: MetadataChange): JsonObject {
  if (change.operation === 'delete') {
    const removed = new Set(change.keys);
    return Object.fromEntries(Object.entries(metadata).filter(([key]) => !removed.has(key)));
  }
  const changed = { ...metadata, ...change.values };
  if (Object.keys(changed).length > MAX_METADATA_KEYS) {
    throw new ConflictException(`The session would have over ${MAX_METADATA_KEYS} metadata keys`);
  }
  if (jsonBytes(changed) > MAX_METADATA_BYTES) {
    throw new ConflictException(
      `The session's metadata would be over ${MAX_METADATA_BYTES} bytes of JSON`,
    );
  }
  return changed;
}

/** Cuts a list to the newest changes that a session keeps. */
export function keepNewest<T>(changes: readonly T[]): readonly T[] {
  const kept = changes.slice(-KEPT_CHANGES);
  let bytes = kept.reduce((sum, change) => sum + jsonBytes(change), 0);
  while (bytes > KEPT_CHANGES_BYTES) bytes -= jsonBytes(kept.shift());
  return kept;
}
