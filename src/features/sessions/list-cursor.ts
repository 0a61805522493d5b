import { invalidFieldsError, isTime } from '../../protocol/index.js';
import { isSessionId } from './session-id.js';
import type { SessionDocument } from './session.document.js';

/** The last session of a page; the next page starts after it. */
export type ListCursor = Pick<SessionDocument, '_id' | 'created_at'>;

/** Opaque, so that the order of the list can change without breaking callers. */
export function encodeCursor({ created_at, _id }: ListCursor): string {
  return Buffer.from(JSON.stringify([created_at, _id]), 'utf8').toString('base64url');
}

/** @throws ValidationFailedError if it is not one of our cursors. */
export function decodeCursor(text: string): ListCursor {
  const [created_at, _id] = parts(text);
  if (isTime(created_at) && isSessionId(_id)) {
    return { created_at, _id };
  }
  throw invalidFieldsError([
    { field: 'cursor', message: 'must be the next_cursor of an earlier answer' },
  ]);
}

function parts(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(value) && value.length === 2 ? value : [];
  } catch {
    return [];
  }
}
