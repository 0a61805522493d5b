import { isAccessDenied, isNotFound, isTransient } from '../../broker/broker.errors.js';
import type { BrokerQueue } from '../../broker/broker.queue.js';
import { MessageTooLargeError } from '../../errors/index.js';
import type { Lease } from '../leases/lease.js';
import { deadLetterCopies } from './dead-letter.copy.js';

/** Copies messages that cannot be handled into the dead-letter queue, with the reason. */
export class DeadLetterQueue {
  constructor(
    private readonly queue: BrokerQueue,
    private readonly sourceQueue: string,
    private readonly fifo: boolean,
  ) {}

  /**
   * Resolves when the dead-letter queue has the copy; the original is still to be deleted.
   *
   * @throws MessageTooLargeError when there is no room for a reason, else what the queue refuses it with.
   */
  async put(lease: Lease, error: unknown): Promise<void> {
    const { messageId, group } = lease;
    let refused: unknown = new MessageTooLargeError(
      'The message is so large that no reason can be added to it',
    );
    for (const copy of deadLetterCopies(lease, this.sourceQueue, error)) {
      try {
        await this.queue.send({
          ...copy,
          // After a crash between copy and delete the second copy is the same message to a FIFO queue.
          ...(this.fifo && { group: group ?? messageId, deduplicationId: messageId }),
        });
        return;
      } catch (cause) {
        // A smaller copy changes nothing about these; about a limit of the dead-letter queue itself it may.
        if (isTransient(cause) || isNotFound(cause) || isAccessDenied(cause)) throw cause;
        refused = cause;
      }
    }
    throw refused;
  }
}
