import { invalidFieldsError, isTime } from '../../protocol/index.js';

/** The last job of a page. */
export interface JobCursor {
  readonly created_at: string;
  readonly _id: string;
}

export function writeCursor({ created_at, _id: id }: JobCursor): string {
  return Buffer.from(JSON.stringify([created_at, id])).toString('base64url');
}

/**
 * @returns undefined for the empty cursor, which starts a list.
 * @throws {ValidationFailedError} if writeCursor did not make it.
 */
export function readCursor(cursor: string): JobCursor | undefined {
  if (cursor === '') return undefined;
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(read) && isTime(read[0]) && typeof read[1] === 'string') {
      return { created_at: read[0], _id: read[1] };
    }
  } catch {
    // Not JSON, so not one of ours.
  }
  const message = 'must be the next_cursor of an answer, or empty to begin';
  throw invalidFieldsError([{ field: 'cursor', message }]);
}
