import { AsyncLocalStorage } from 'node:async_hooks';

/** A W3C trace context. */
export interface TraceContext {
  readonly traceparent: string;
  /** Empty: none. */
  readonly tracestate: string;
}

interface MessageScope {
  readonly correlationId: string;
  /** The trace context in the message. */
  readonly trace: TraceContext | undefined;
  /** Called when the handler ends; undefined for most messages. */
  ends: readonly (() => void)[] | undefined;
}

const scopes = new AsyncLocalStorage<MessageScope>();

/** Runs `work` in the scope of a message: all that it sends carries the message's correlation id. */
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
 * Calls `end` when the current message's handler has ended and its answer has been passed on for sending.
 *
 * @returns false outside a handler and inside a batch handler, where `end` is never called.
 */
export function whenMessageEnds(end: () => void): boolean {
  const scope = scopes.getStore();
  if (!scope) return false;
  scope.ends = [...(scope.ends ?? []), end];
  return true;
}

/**
 * The correlation id of the message being handled, in its handler and all that it calls; undefined elsewhere, and in a
 * batch handler. Messages that the handler sends carry it automatically.
 *
 * @example
 * this.logger.log({ orderId, correlationId: currentCorrelationId() });
 * @see https://nodejs.org/api/async_context.html
 */
export const currentCorrelationId = (): string | undefined => scopes.getStore()?.correlationId;

/** The trace context of the message being handled. */
export const traceOfMessage = (): TraceContext | undefined => scopes.getStore()?.trace;
