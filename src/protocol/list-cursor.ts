import { invalidFieldsError } from './parse.js';
import { isTime } from './time.js';

/** The last item of a page; the next page starts after it. */
export interface ListCursor {
  readonly created_at: string;
  readonly _id: string;
}

/** Opaque, so that the order of the list can change without breaking callers. */
export function encodeCursor({ created_at, _id: id }: ListCursor): string {
  return Buffer.from(JSON.stringify([created_at, id]), 'utf8').toString('base64url');
}

/**
 * @param isId whether a text can be the id of an item.
 * @throws ValidationFailedError when the text is no cursor of ours.
 */
export function decodeCursor(text: string, isId: (id: string) => boolean = () => true): ListCursor {
  const [createdAt, id] = parts(text);
  if (isTime(createdAt) && typeof id === 'string' && isId(id))
    return { created_at: createdAt, _id: id };
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
