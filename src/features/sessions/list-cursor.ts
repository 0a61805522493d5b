import { invalidFieldsError, isTime } from '../../protocol/index.js';
import { isSessionId } from './session-id.js';
import type { SessionDocument } from './session.document.js';

/** The last session of a page; the next page starts behind it. */
export type ListCursor = Pick<SessionDocument, '_id' | 'created_at'>;

/** Opaque to the caller, so that the order of the list can change without breaking anyone. */
export function encodeCursor({ created_at, _id }: ListCursor): string {
  return Buffer.from(JSON.stringify([created_at, _id]), 'utf8').toString('base64url');
}

/** @throws ValidationFailedError when the text is no cursor of ours. */
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
