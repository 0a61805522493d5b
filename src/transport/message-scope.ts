import { AsyncLocalStorage } from 'node:async_hooks';

/** A W3C trace context. */
export interface TraceContext {
  readonly traceparent: string;
  /** Empty: none. */
  readonly tracestate: string;
}

interface MessageScope {
  readonly correlationId: string;
  /** As the message carries it. */
  readonly trace: TraceContext | undefined;
  /** What waits for its end; most have nothing that does. */
  ends: readonly (() => void)[] | undefined;
}

const scopes = new AsyncLocalStorage<MessageScope>();

/** Runs `work` below a message: whatever it sends carries the message's correlation id. */
export async function runInMessageScope<T>(
  {
    correlationId,
    trace,
  }: Pick<MessageScope, 'correlationId'> & Partial<Pick<MessageScope, 'trace'>>,
  work: () => Promise<T>,
): Promise<T> {
  const scope: MessageScope = { correlationId, trace, ends: undefined };
  try {
    return await scopes.run(scope, work);
  } finally {
    scope.ends?.forEach((end) => end());
  }
}

/**
 * Has `end` called when the handler of the current message has ended and what it answers is on its way.
 *
 * @returns false outside of a handler, and below a batch handler: nobody would call it.
 */
export function whenMessageEnds(end: () => void): boolean {
  const scope = scopes.getStore();
  if (!scope) return false;
  scope.ends = [...(scope.ends ?? []), end];
  return true;
}

/**
 * The correlation id of the message being handled, anywhere below its handler;
 * undefined elsewhere, and below a batch handler. What a handler sends carries it by itself.
 *
 * @example
 * this.logger.log({ orderId, correlationId: currentCorrelationId() });
 * @see https://nodejs.org/api/async_context.html
 */
export const currentCorrelationId = (): string | undefined => scopes.getStore()?.correlationId;

/** The trace that the message being handled carries. */
export const traceOfMessage = (): TraceContext | undefined => scopes.getStore()?.trace;
