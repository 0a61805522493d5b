import { AsyncLocalStorage } from 'node:async_hooks';

interface MessageScope {
  readonly correlationId: string;
}

const scopes = new AsyncLocalStorage<MessageScope>();

/** Runs `work` below a message: whatever it sends carries the message's correlation id. */
export const runInMessageScope = <T>(scope: MessageScope, work: () => T): T =>
  scopes.run(scope, work);

/**
 * The correlation id of the message being handled, anywhere below its handler;
 * undefined elsewhere, and below a batch handler. What a handler sends carries it by itself.
 *
 * @example
 * this.logger.log({ orderId, correlationId: currentCorrelationId() });
 * @see https://nodejs.org/api/async_context.html
 */
export const currentCorrelationId = (): string | undefined => scopes.getStore()?.correlationId;
