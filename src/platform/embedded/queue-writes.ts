import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './in-transaction.js';
import type { PersistenceManager, SqsStore } from './fauxqs.js';

type SqsQueue = ReturnType<SqsStore['createQueue']>;
type Dequeue = SqsQueue['dequeue'];
type Write = () => void;

/**
 * Keeps a queue's memory and its file equal when a write fails, as on a full disk. fauxqs 2.4.1 changes its memory
 * first and then writes: a failed receive keeps its messages, a failed release loses them until the next start, and a
 * failed FIFO send is remembered for deduplication, so that the sender's next attempt is answered without being stored.
 */
export class QueueWrites {
  /** Writes of the receive that is running. */
  #collected: Write[] | undefined;

  /** @param database that of the file. */
  constructor(
    file: PersistenceManager,
    private readonly database: DatabaseSync,
  ) {
    const insert = file.insertMessage.bind(file);
    const remove = file.deleteMessage.bind(file);
    const release = file.updateMessageReady.bind(file);
    const lease = file.updateMessageInflight.bind(file);
    file.insertMessage = (...args) => this.#write(() => insert(...args));
    file.deleteMessage = (...args) => this.#write(() => remove(...args));
    // A changed lease is kept in memory; after a restart the message is visible earlier or later than it should be.
    file.updateMessageReady = (...args) => forgiven(() => release(...args));
    file.updateMessageInflight = (...args) =>
      this.#collected ? this.#write(() => lease(...args)) : forgiven(() => lease(...args));
  }

  /** @param queue a queue that was just created or loaded. */
  watch(queue: SqsQueue): void {
    const enqueue = queue.enqueue.bind(queue);
    const dequeue = queue.dequeue.bind(queue);
    queue.enqueue = (message) => {
      try {
        enqueue(message);
      } catch (error) {
        const { messageDeduplicationId: id } = message;
        if (id !== undefined) queue.deduplicationCache.delete(id);
        throw error;
      }
    };
    queue.dequeue = (...args) => this.#dequeue(queue, () => dequeue(...args));
  }

  /** One transaction for all messages of a receive, including those moved to a dead-letter queue. */
  #dequeue(queue: SqsQueue, dequeue: () => ReturnType<Dequeue>): ReturnType<Dequeue> {
    const writes: Write[] = [];
    this.#collected = writes;
    let received: ReturnType<Dequeue>;
    try {
      received = dequeue();
    } finally {
      this.#collected = undefined;
    }
    if (writes.length === 0) return received;
    try {
      inTransaction(this.database, () => writes.forEach((write) => write()));
    } catch (error) {
      for (const { ReceiptHandle: handle } of received.toReversed()) putBack(queue, handle);
      throw error;
    }
    return received;
  }

  #write(write: Write): void {
    if (this.#collected) this.#collected.push(write);
    else write();
  }
}

function forgiven(write: Write): void {
  try {
    write();
  } catch {
    // It only decides when a message is visible after a restart.
  }
}

/** Undoes the receive of a message. */
function putBack(queue: SqsQueue, handle: string): void {
  const entry = queue.inflightMessages.get(handle);
  if (!entry) return;
  const { message } = entry;
  queue.inflightMessages.delete(handle);
  message.approximateReceiveCount -= 1;
  if (!queue.isFifo()) {
    queue.messages.unshift(message);
    return;
  }
  const group = message.messageGroupId ?? '';
  const locks = (queue.fifoLockedGroups.get(group) ?? 1) - 1;
  if (locks > 0) queue.fifoLockedGroups.set(group, locks);
  else queue.fifoLockedGroups.delete(group);
  queue.fifoMessages.set(group, [message, ...(queue.fifoMessages.get(group) ?? [])]);
}
