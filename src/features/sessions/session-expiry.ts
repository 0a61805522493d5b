import type { SessionDocument } from './session.document.js';
import type { SessionExpiry } from './sessions.options.js';

/** When a session changed now expires: the earlier of the two limits. */
export function expiryOf(
  { created_at }: Partial<Pick<SessionDocument, 'created_at'>>,
  { ttlMs, idleTtlMs }: SessionExpiry,
  nowMs: number,
): { expires_at?: Date } {
  const ends = [
    ...(ttlMs === undefined || created_at === undefined ? [] : [Date.parse(created_at) + ttlMs]),
    ...(idleTtlMs === undefined ? [] : [nowMs + idleTtlMs]),
  ];
  return ends.length === 0 ? {} : { expires_at: new Date(Math.min(...ends)) };
}
