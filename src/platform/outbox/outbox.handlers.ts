import { PermanentError } from '../../transport/errors/index.js';
import type { OutboxEntry } from './outbox.entry.js';

/** The arguments of a handler besides the data. */
export interface PublishContext {
  /** The same at every attempt: pass it on as the message's id. */
  readonly id: string;
  readonly key: string;
  /** Of the document the entry is in. */
  readonly documentId: string;
  readonly collection: string;
  /** 1 at the first attempt. */
  readonly attempt: number;
  /** Aborted when the attempt has taken too long, or the claim may be lost. */
  readonly signal: AbortSignal;
}

/**
 * Publishes one entry. Resolves when it is published. An error that is not retryable (a `WeftError` with `retryable:
 * false`) parks the entry at once; any other is retried with back-off, and parked after the last attempt.
 */
export type PublishEntry = (data: unknown, context: PublishContext) => Promise<void>;

/** The handlers of this process by kind of entry. */
export class OutboxHandlers {
  readonly #handlers = new Map<string, PublishEntry>();

  /** @throws {Error} when the kind has one. */
  add(kind: string, publish: PublishEntry): void {
    if (this.#handlers.has(kind)) {
      throw new Error(`Outbox entries of kind "${kind}" have two handlers. Keep one of them`);
    }
    this.#handlers.set(kind, publish);
  }

  async publish(entry: OutboxEntry, context: PublishContext): Promise<void> {
    const publish = this.#handlers.get(entry.kind);
    // Retried, not parked: a newer version of this program may have written it and can publish it.
    if (publish === undefined)
      throw new Error(`No handler publishes entries of kind "${entry.kind}"`);
    await publish(parse(entry), context);
  }
}

function parse({ id, data }: OutboxEntry): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw new PermanentError(`The data of outbox entry ${id} is not JSON`, { cause: error });
  }
}
