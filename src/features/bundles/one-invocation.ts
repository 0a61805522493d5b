import type { INestApplicationContext } from '@nestjs/common';
import { Bundler } from './gathering/bundler.js';

/** Milliseconds without a new object after which all objects of an invocation have arrived. */
const QUIET_MS = 50;
/** Maximum time reserved for storing the bundle, which is a quarter of the whole. */
const MAX_RESERVE_MS = 60_000;
const RESERVED_SHARE = 1 / 4;

/**
 * Makes an application's bundler gather for one invocation of a Lambda function. Bundles are closed once all objects
 * are in them, or when the remaining time is needed to store them.
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
