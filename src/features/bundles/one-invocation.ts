import type { INestApplicationContext } from '@nestjs/common';
import { Bundler } from './gathering/bundler.js';

/** Milliseconds without a new object after which everything an invocation brought is there. */
const QUIET_MS = 50;
/** What is kept of the time for storing the bundle: a quarter, and no more than this. */
const MAX_RESERVE_MS = 60_000;
const RESERVED_SHARE = 1 / 4;

/**
 * Has an application's bundler gather for one invocation of a Lambda function: its bundles are closed
 * once all that came is in them, or when what is left of the time is needed to store them.
 *
 * @param requestId Lambda's, for the bundles' keys.
 * @param remainingMs milliseconds until Lambda ends the invocation.
 */
export function gatherForOneInvocation(
  app: INestApplicationContext,
  requestId: string,
  remainingMs: number,
): void {
  const reserveMs = Math.min(MAX_RESERVE_MS, remainingMs * RESERVED_SHARE);
  app
    .get(Bundler, { strict: false })
    .forOneInvocation({ requestId, quietMs: QUIET_MS, endInMs: remainingMs - reserveMs });
}
