import { createHmac } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { VIEWER_TOKEN_SECONDS } from '../sessions.constants.js';

const AUDIENCE = 'weft:session-events';
const ALGORITHM = 'HS256';
/** Seconds by which the clocks of two instances may differ. */
const CLOCK_TOLERANCE_S = 30;

/**
 * Makes a token that lets its bearer watch one session for five minutes. It is signed
 * with a key made of the session's stored password hash, which every instance can read
 * and nobody else: no secret has to be configured, and a session that is deleted and
 * made again takes no token of the one before.
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

/** Whether the token is one of this session's, and its time is not over. */
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

/** Not the hash itself, so that a token reveals nothing about it. */
const keyOf = (passwordHash: string): Uint8Array =>
  createHmac('sha256', 'weft viewer token').update(passwordHash, 'utf8').digest();
