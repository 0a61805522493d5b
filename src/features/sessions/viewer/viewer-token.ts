import { createHmac } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { VIEWER_TOKEN_SECONDS } from '../sessions.constants.js';

const AUDIENCE = 'weft:session-events';
const ALGORITHM = 'HS256';
/** Seconds by which the clocks of two instances may differ. */
const CLOCK_TOLERANCE_S = 30;

/**
 * Creates a token that allows watching one session for five minutes. The signing key is derived from the session's
 * stored password hash, which only instances of the service can read. So no secret must be configured, and a session
 * that is deleted and created again accepts no older tokens.
 */
export function signViewerToken(sessionId: string, passwordHash: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(sessionId)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(`${VIEWER_TOKEN_SECONDS} s`)
    .sign(keyOf(passwordHash));
}

/** Whether the token is valid for this session and has not expired. */
export async function isViewerToken(
  token: string,
  sessionId: string,
  passwordHash: string,
): Promise<boolean> {
  try {
    await jwtVerify(token, keyOf(passwordHash), {
      algorithms: [ALGORITHM],
      subject: sessionId,
      audience: AUDIENCE,
      clockTolerance: CLOCK_TOLERANCE_S,
    });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

/** Derived from the hash, so that a token reveals nothing about it. */
const keyOf = (passwordHash: string): Uint8Array =>
  createHmac('sha256', 'weft viewer token').update(passwordHash, 'utf8').digest();
