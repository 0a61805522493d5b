import { ConflictException } from '@nestjs/common';
import type { Update } from '../../platform/persistence/index.js';
import { utcNow } from '../../protocol/index.js';
import { metadataSize, type MetadataSize } from './session-metadata.js';
import type { SessionDocument } from './session.document.js';
import { MAX_METADATA_BYTES, MAX_METADATA_KEYS } from './sessions.constants.js';

/** A change of metadata: keys to set, or keys to remove. */
export type MetadataChange =
  { readonly set: Readonly<Record<string, unknown>> } | { readonly remove: readonly string[] };

/** One update: the change, the count of writes, the time, and what `usage` says of the size. */
export function metadataUpdate(
  change: MetadataChange,
  announce: boolean,
  usage: { readonly $set?: Record<string, number>; readonly $inc?: Record<string, number> },
): Update<SessionDocument> {
  const set = 'set' in change ? Object.entries(change.set) : [];
  const remove = 'remove' in change ? change.remove : [];
  return {
    $set: {
      ...Object.fromEntries(set.map(([key, value]) => [`metadata.${key}`, value])),
      ...usage.$set,
      updated_at: utcNow(),
    },
    $inc: { ...usage.$inc, 'metadata_usage.writes': 1, ...(announce ? { sequence: 1 } : {}) },
    ...(remove.length === 0
      ? {}
      : { $unset: Object.fromEntries(remove.map((key) => [`metadata.${key}`, true])) }),
  };
}

/** The metadata as it would be after the change. */
export function applied(
  metadata: Readonly<Record<string, unknown>>,
  change: MetadataChange,
): Record<string, unknown> {
  if ('set' in change) return { ...metadata, ...change.set };
  const removed = new Set(change.remove);
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !removed.has(key)));
}

/** @throws ConflictException when the metadata as a whole is over a limit. */
export function requireFitting(metadata: Readonly<Record<string, unknown>>): MetadataSize {
  const size = metadataSize(metadata);
  if (size.keys > MAX_METADATA_KEYS) {
    throw new ConflictException(`The session would have over ${MAX_METADATA_KEYS} metadata keys`);
  }
  if (size.bytes > MAX_METADATA_BYTES) {
    throw new ConflictException(
      `The session's metadata would be over ${MAX_METADATA_BYTES} bytes of JSON`,
    );
  }
  return size;
}
