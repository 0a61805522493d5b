import type { BaseRpcContext } from '@nestjs/microservices';

import type { Clock } from '../../clock.js';
import { HandlerTimeoutError } from '../../errors/index.js';
import { runInMessageScope, type TraceContext } from '../../message-scope.js';
import type { SnsSqsBatchContext } from '../../sns-sqs-batch.context.js';
import type { SnsSqsContext } from '../../sns-sqs.context.js';
import { traceBatch, traceHandling } from '../../tracing/message-tracing.js';
import { originalError } from './error-capture.js';

/** Runs work within Nest's processing hooks. */
type ProcessingHooks = (context: BaseRpcContext, work: () => Promise<void>) => Promise<void>;

/** A handler's time limit, and the signal that is aborted when it is exceeded. */
export interface HandlerLimit {
  readonly timeoutMs: number;
  readonly timeout: AbortController;
}

/** A handler's failure: the error it threw, and the one Nest's filters made of it. */
export class HandlerFailure extends Error {
  constructor(
    readonly original: unknown,
    readonly outcome: unknown,
  ) {
    super('The handler failed');
  }

  /** Wraps any error, including one thrown before a handler ran. */
  static of(failure: unknown): HandlerFailure {
    return failure instanceof HandlerFailure ? failure : new HandlerFailure(failure, failure);
  }
}

/**
 * Wraps each run of a handler, for a message or a batch. From the outside in: capture of the original error, message
 * scope, span, Nest's processing hooks, time-out.
 */
export class HandlerInvoker {
  constructor(
    private readonly hooks: ProcessingHooks,
    private readonly clock: Clock,
  ) {}

  /** @throws HandlerFailure */
  handle(context: SnsSqsContext, work: () => Promise<void>, limit?: HandlerLimit): Promise<void> {
    return capturing(context, () =>
      runInMessageScope({ correlationId: context.correlationId, trace: traceOf(context) }, () =>
        traceHandling(context, () => this.hooks(context, this.#limited(work, limit))),
      ),
    );
  }

  /** @throws HandlerFailure */
  handleBatch(
    context: SnsSqsBatchContext,
    work: () => Promise<void>,
    limit?: HandlerLimit,
  ): Promise<void> {
    // Without a message scope: each message has its own correlation id.
    return capturing(context, () =>
      traceBatch(context, () => this.hooks(context, this.#limited(work, limit))),
    );
  }

  /** A handler cannot be stopped from outside: after its time its signal is aborted, and its message has failed. */
  #limited(work: () => Promise<void>, limit: HandlerLimit | undefined): () => Promise<void> {
    if (!limit) return work;
    const { timeoutMs, timeout } = limit;
    return () =>
      new Promise((resolve, reject) => {
        const stopTimer = this.clock.after(timeoutMs, () => {
          const error = new HandlerTimeoutError(timeoutMs);
          timeout.abort(error);
          reject(error);
        });
        void work().then(resolve, reject).finally(stopTimer);
      });
  }
}

function traceOf({ attributes }: SnsSqsContext): TraceContext | undefined {
  const traceparent = attributes.get('traceparent');
  return traceparent === undefined
    ? undefined
    : { traceparent, tracestate: attributes.get('tracestate') ?? '' };
}

async function capturing(context: BaseRpcContext, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (outcome) {
    throw outcome instanceof HandlerTimeoutError
      ? HandlerFailure.of(outcome)
      : new HandlerFailure(originalError(context, outcome), outcome);
  }
}
