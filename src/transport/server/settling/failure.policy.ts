import { Logger } from '@nestjs/common';
import { inspect } from 'node:util';

import { NotRunError, WeftError } from '../../errors/index.js';
import { bounded, oneLine } from '../../observing/log-text.js';
import type { FifoFailurePolicy } from '../../topology/index.js';
import type { FailureAction, TransportObserver } from '../../transport.observer.js';
import type { DeadLetterQueue } from './dead-letter.js';
import type { Lease } from '../leases/lease.js';

export interface FailurePolicyDependencies {
  readonly queue: string;
  readonly deadLetters: DeadLetterQueue | undefined;
  readonly onPermanentError: FailureAction;
  /** FIFO only: `skip` dead-letters a message that would be retried, so that its group can go on. */
  readonly onFailure: FifoFailurePolicy | undefined;
  readonly observer: TransportObserver | undefined;
}

const MAX_LOGGED_LENGTH = 1000;

/** Decides what happens to a failed message, wherever it came from. */
export class FailurePolicy {
  readonly #logger = new Logger(FailurePolicy.name);

  constructor(private readonly dependencies: FailurePolicyDependencies) {}

  /** Decides what happens to a message, reports it to the observer and logs it. */
  judge(lease: Lease, pattern: string | undefined, error: unknown): FailureAction {
    const action = this.#action(error);
    const { queue, observer } = this.dependencies;
    observer?.failed?.({ queue, pattern, action, error, messageId: lease.messageId });
    this.#logger.warn(TEXTS[action], {
      queue,
      messageId: lease.messageId,
      ...(pattern !== undefined && { pattern: bounded(pattern) }),
      attempt: lease.attempt,
      ...(error instanceof WeftError && { code: error.code }),
      reason: describe(error),
    });
    return action;
  }

  /** Copies the message to the dead-letter queue. False when that failed: the original must then stay on its queue. */
  async deadLetter(lease: Lease, error: unknown): Promise<boolean> {
    try {
      await this.dependencies.deadLetters?.put(lease, error);
      return true;
    } catch (cause) {
      this.#logger.error('Message not dead-lettered: its copy failed, so it stays on its queue', {
        queue: this.dependencies.queue,
        messageId: lease.messageId,
        reason: String(cause),
      });
      return false;
    }
  }

  #action(error: unknown): FailureAction {
    const { deadLetters, onPermanentError, onFailure } = this.dependencies;
    if (!(error instanceof WeftError) || error.retryable) {
      const skipped = onFailure === 'skip' && deadLetters && !(error instanceof NotRunError);
      return skipped ? 'deadLetter' : 'retry';
    }
    return onPermanentError === 'deadLetter' && !deadLetters ? 'retry' : onPermanentError;
  }
}

const TEXTS: Record<FailureAction, string> = {
  retry: 'Message failed and is retried',
  deadLetter: 'Message failed and is dead-lettered',
  discard: 'Message failed and is discarded',
};

/** Bounded and on one line, because any value can be thrown: circular objects, bigints, whole payloads. */
const describe = (error: unknown): string =>
  oneLine(
    (error instanceof Error
      ? `${error.name}: ${error.message}`
      : inspect(error, { depth: 1, breakLength: Infinity })
    ).slice(0, MAX_LOGGED_LENGTH),
  );
