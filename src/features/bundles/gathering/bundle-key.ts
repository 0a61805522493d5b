import { randomBytes } from 'node:crypto';

/** Characters of a request id that are replaced, because S3 or file systems may not accept them. */
const UNFIT = /[^\w-]/g;
const MAX_REQUEST_ID_LENGTH = 64;

/**
 * The key of a new bundle: `YYYY/MM/DD/HH/bundle-<request id>-<8 hex>.gz`, in UTC.
 *
 * @example
 * bundleKey(Date.now(), 'a1b2'); // 2026/11/26/09/bundle-a1b2-0f3c9d1e.gz
 */
export function bundleKey(nowMs: number, requestId: string): string {
  const hour = new Date(nowMs).toISOString().slice(0, 13).replaceAll(/[-T]/g, '/');
  const request = requestId.replaceAll(UNFIT, '-').slice(0, MAX_REQUEST_ID_LENGTH);
  return `${hour}/bundle-${request}-${randomBytes(4).toString('hex')}.gz`;
}
