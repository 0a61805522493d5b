import { Logger } from '@nestjs/common';

import type { TransportFacts, TransportObserver } from '../transport.observer.js';
import { MessagingMetrics } from './messaging-metrics.js';

type Hook = keyof TransportFacts;
type Tell = (facts: unknown) => unknown;

const HOOKS: Record<Hook, true> = {
  received: true,
  started: true,
  processed: true,
  handled: true,
  repeated: true,
  ignored: true,
  failed: true,
  leaseLost: true,
  deleteFailed: true,
  acknowledged: true,
  requestExpired: true,
  lateReply: true,
  queueRestored: true,
  sent: true,
  called: true,
};

/**
 * Combines the user's observer and OpenTelemetry's metrics, and catches their errors: counting a message must not
 * change its outcome. Has only the hooks that are used.
 */
export function observing(observer: TransportObserver | undefined): {
  readonly observer?: TransportObserver;
} {
  const metrics: TransportObserver | undefined = MessagingMetrics.ofRegisteredMeter();
  const listeners = [metrics, observer].filter((one) => one !== undefined);
  if (listeners.length === 0) return {};
  const hooks: Partial<Record<Hook, Tell>> = {};
  for (const hook of Object.keys(HOOKS) as Hook[]) {
    const tells = listeners.flatMap((one) => (one[hook] ? [one[hook].bind(one) as Tell] : []));
    if (tells.length > 0) hooks[hook] = guarded(hook, tells);
  }
  return { observer: hooks };
}

/** Logs the error of a hook once, because it would recur with every message. */
function guarded(hook: Hook, tells: readonly Tell[]): Tell {
  let said = false;
  const say = (error: unknown): void => {
    if (said) return;
    said = true;
    new Logger('TransportObserver').error('A hook failed; its further failures are not logged', {
      hook,
      reason: String(error),
    });
  };
  return (facts) => {
    for (const tell of tells) {
      try {
        const told = tell(facts);
        if (told instanceof Promise) told.catch(say);
      } catch (error) {
        say(error);
      }
    }
  };
}
