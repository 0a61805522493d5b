import type { BrokerMessage } from '../broker/broker.queue.js';
import type { Clock } from '../clock.js';
import { isTransient } from '../broker/broker.errors.js';
import { parsePointer, type PayloadPointer } from '../codec/claim-check.js';
import type { PayloadStore } from '../codec/payload-store.js';
import { decodeReply, type ReplyPart } from '../codec/reply.codec.js';

/** After this time a fetch counts as hanging: if the answer is received again, it is fetched again. */
const FETCH_PATIENCE_MS = 5_000;
/** Bodies fetched at once; further answers stay in the queue and are received again. */
const MAX_FETCHES = 100;

interface AnswerReaderOptions {
  readonly payloads: PayloadStore | undefined;
  readonly clock: Clock;
  /** Aborted on close. */
  readonly signal: AbortSignal;
  readonly onPart: (part: ReplyPart) => void;
  readonly onUnreadable: (error: unknown) => void;
}

/** Reads received answers. Offloaded ones are fetched concurrently, so that a slow one delays no other. */
export class AnswerReader {
  /** When fetches began, by message. */
  readonly #fetches = new Map<string, number>();

  constructor(private readonly options: AnswerReaderOptions) {}

  /**
   * @param deleted called for each message that is no longer needed: it was read, or no pending request can use it.
   */
  read(
    messages: readonly BrokerMessage[],
    deleted: (messages: readonly BrokerMessage[]) => void,
  ): void {
    const done = messages.filter((message) => this.#isDone(message, deleted));
    if (done.length > 0) deleted(done);
  }

  #isDone(message: BrokerMessage, deleted: (messages: readonly BrokerMessage[]) => void): boolean {
    const { payloads, onPart, onUnreadable } = this.options;
    const { Body: body = '' } = message;
    try {
      const pointer = payloads && parsePointer(body);
      if (pointer) {
        void this.#fetch(payloads, message, pointer).then((done) => done && deleted([message]));
        return false;
      }
      onPart(decodeReply(body));
    } catch (error) {
      onUnreadable(error);
    }
    return true;
  }

  /** @returns whether the message is no longer needed. */
  async #fetch(
    payloads: PayloadStore,
    { MessageId: id = '' }: BrokerMessage,
    pointer: PayloadPointer,
  ): Promise<boolean> {
    const { clock, signal, onPart, onUnreadable } = this.options;
    const startedMs = clock.monotonicMs();
    const known = this.#fetches.get(id);
    const fetching = known !== undefined && startedMs - known < FETCH_PATIENCE_MS;
    if (fetching || this.#fetches.size >= MAX_FETCHES) return false;
    this.#fetches.set(id, startedMs);
    try {
      const fetched = await payloads.get(pointer, { budget: 'answers', signal });
      try {
        onPart(decodeReply(fetched.body));
      } finally {
        fetched.release();
      }
    } catch (error) {
      // It is received and fetched again.
      if (isTransient(error) || signal.aborted) return false;
      onUnreadable(error);
    } finally {
      if (this.#fetches.get(id) === startedMs) this.#fetches.delete(id);
    }
    return true;
  }
}
