import { delivered, type StoredMessage } from './stored-message.js';
import type { BrokerMessage, ReceiveRequest } from '../broker.queue.js';

/** Receives that can be repeated; SQS forgets them after five minutes. */
const MAX_ATTEMPTS = 1000;

/** What receives with an attempt id have brought: asked again by the same id, SQS gives the same messages. */
export class ReceiveAttempts {
  readonly #brought = new Map<string, readonly StoredMessage[]>();

  remember(attemptId: string, messages: readonly StoredMessage[]): void {
    this.#brought.set(attemptId, messages);
    const [oldest = attemptId] = this.#brought.keys();
    if (this.#brought.size > MAX_ATTEMPTS) this.#brought.delete(oldest);
  }

  /**
   * What the same attempt has brought before, invisible anew.
   *
   * @param isKept whether the queue still has a message.
   * @returns undefined unless all of it is still in flight by that attempt.
   */
  repeat(
    { attemptId, visibilityTimeoutS }: ReceiveRequest,
    nowMs: number,
    isKept: (message: StoredMessage) => boolean,
  ): BrokerMessage[] | undefined {
    const before = attemptId === undefined ? undefined : this.#brought.get(attemptId);
    if (!before?.every((message) => isKept(message) && message.visibleAtMs > nowMs))
      return undefined;
    for (const message of before) message.visibleAtMs = nowMs + visibilityTimeoutS * 1000;
    return before.map(delivered);
  }
}
