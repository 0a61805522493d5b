import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 192 random bits, which cannot be guessed. */
const PASSWORD_BYTES = 24;
const PREFIX = 'sha256:';

/** Creates a session's viewer password: 32 characters of base64url. */
export function newViewerPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

/**
 * The stored hash of a password. One round of SHA-256 is enough, because the password is random, so no dictionary
 * attack is possible; a slow hash would only let callers waste our CPU.
 */
export function hashViewerPassword(password: string): string {
  return PREFIX + createHash('sha256').update(password, 'utf8').digest('hex');
}

/** Compares in constant time; a missing or malformed hash never matches. */
export function isViewerPassword(password: string, hash: string | undefined): boolean {
  if (hash === undefined) return false;
  const given = Buffer.from(hashViewerPassword(password));
  const stored = Buffer.from(hash);
  return given.length === stored.length && timingSafeEqual(given, stored);
}
