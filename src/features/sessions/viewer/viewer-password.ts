import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 192 random bits: more than anyone can guess or search. */
const PASSWORD_BYTES = 24;
const PREFIX = 'sha256:';

/** Makes a session's viewer password: 32 characters of base64url. */
export function newViewerPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

/**
 * What is stored in the password's place. One round of SHA-256 is enough because the password is
 * random, never chosen by a person: there is no dictionary to slow down, and a slow hash would
 * only give a caller a way to burn our CPU.
 */
export function hashViewerPassword(password: string): string {
  return PREFIX + createHash('sha256').update(password, 'utf8').digest('hex');
}

/** Compares in constant time; a missing or foreign hash matches nothing. */
export function isViewerPassword(password: string, hash: string | undefined): boolean {
  if (hash === undefined) return false;
  const given = Buffer.from(hashViewerPassword(password));
  const stored = Buffer.from(hash);
  return given.length === stored.length && timingSafeEqual(given, stored);
}
