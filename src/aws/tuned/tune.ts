import type { MetadataBearer } from '@smithy/types';
import type { AwsTuning } from './aws-tuning.js';
import { followChanges } from './follow-changes.js';
import { leanMiddleware, type LeanClient } from './lean-middleware.js';
import { signEachAttempt, type SigningClient } from './sign-each-attempt.js';

/** Takes the steps that cannot be configured. */
export function tune<In extends object, Out extends MetadataBearer>(
  client: LeanClient<In, Out> & SigningClient<In, Out>,
  steps: AwsTuning,
): void {
  if (steps.cachedMiddleware) followChanges(client);
  if (steps.leanMiddleware) leanMiddleware(client);
  if (steps.cachedSigningKey) signEachAttempt(client);
}
