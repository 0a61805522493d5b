import { isAccessDenied, isNotFound, isTransient } from '../../broker/broker.errors.js';
import type { BrokerQueue } from '../../broker/broker.queue.js';
import { MessageTooLargeError } from '../../errors/index.js';
import type { Lease } from '../leases/lease.js';
import { deadLetterCopies } from './dead-letter.copy.js';

/** Copies messages that cannot be handled to the dead-letter queue, with the reason. */
export class DeadLetterQueue {
  constructor(
    private readonly queue: BrokerQueue,
    private readonly sourceQueue: string,
    private readonly fifo: boolean,
  ) {}

  /**
   * Resolves when the dead-letter queue has the copy; the caller then deletes the original.
   *
   * @throws MessageTooLargeError when there is no room for a reason; otherwise the error with which the queue refuses
   * the copy.
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
          // After a crash between copy and delete, a FIFO queue drops the second copy as a duplicate.
          ...(this.fifo && { group: group ?? messageId, deduplicationId: messageId }),
        });
        return;
      } catch (cause) {
        // A smaller copy would not help against these errors; against a size limit of the dead-letter queue it may.
        if (isTransient(cause) || isNotFound(cause) || isAccessDenied(cause)) throw cause;
        refused = cause;
      }
    }
    throw refused;
  }
}
