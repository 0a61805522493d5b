import { covers } from '../transport/topology/declare/pattern.js';
import type {
  FailureAction,
  StartedMessage,
  TransportFacts,
  TransportObserver,
} from '../transport/transport.observer.js';
import { waitFor } from './wait-for.js';

type Outcome = 'sent' | 'handled' | 'retried' | 'deadLettered' | 'discarded';

/** One outcome of a message. A retried message is recorded once for each attempt. */
export interface SeenMessage {
  /** `sent` comes from clients, the others from servers. */
  readonly outcome: Outcome;
  /** Empty if the message could not be read. */
  readonly pattern: string;
  /** The payload before the handler's pipes, or the client's data; undefined if no handler was to run. */
  readonly data: unknown;
  /** The queue's declared name. This and the following fields exist only for received messages. */
  readonly queue?: string;
  /** The id SQS gave it. */
  readonly messageId?: string;
  /** How often SQS had delivered it. */
  readonly receiveCount?: number;
  /** The handler's error, or why no handler ran. */
  readonly error?: unknown;
}

const MAX_SEEN = 10_000;
const MAX_PRINTED = 10;
const OUTCOMES: Readonly<Record<FailureAction, Outcome>> = {
  retry: 'retried',
  deadLetter: 'deadLettered',
  discard: 'discarded',
};

/**
 * Records the messages that a server handles and a client sends; pass it to either as `observer`. It keeps the last 10
 * 000 messages.
 *
 * @example
 * const spy = new MessageSpy();
 * const server = new SnsSqsServer({ topology, aws, observer: spy });
 * // …
 * await spy.waitFor('order.placed');
 * const { error } = await spy.waitFor('order.*', 'deadLettered');
 */
export class MessageSpy implements TransportObserver {
  readonly #seen: SeenMessage[] = [];
  readonly #started = new Map<string, StartedMessage>();

  /** Oldest first. */
  get seen(): readonly SeenMessage[] {
    return this.#seen;
  }

  /**
   * Waits for a message; returns at once if one was already recorded.
   *
   * @param pattern exact, or with a trailing `*`.
   * @param fits The outcome, or a condition of your own. Default: it was handled.
   * @param timeoutMs milliseconds. @defaultValue 10 000
   * @throws Error when the time is over. Its message lists the messages seen instead.
   */
  async waitFor(
    pattern: string,
    fits: Outcome | ((message: SeenMessage) => boolean) = 'handled',
    timeoutMs?: number,
  ): Promise<SeenMessage> {
    const [what, isMeant] =
      typeof fits === 'string'
        ? [`to be ${fits}`, ({ outcome }: SeenMessage): boolean => outcome === fits]
        : ['that fits the condition', fits];
    const find = (): SeenMessage | undefined =>
      this.#seen.find((message) => covers(pattern, message.pattern) && isMeant(message));
    try {
      return await waitFor(`a message of ${pattern} ${what}`, find, {
        ...(timeoutMs !== undefined && { timeoutMs }),
      });
    } catch (cause) {
      const seen = this.#seen.slice(-MAX_PRINTED).map((one) => `${one.outcome} ${one.pattern}`);
      throw new Error(`${(cause as Error).message}; seen: ${seen.join(', ') || 'none'}`, { cause });
    }
  }

  /** Forgets all messages. */
  clear(): void {
    this.#seen.length = 0;
  }

  started(message: TransportFacts['started']): void {
    this.#started.set(message.messageId, message);
  }

  handled({ queue, pattern, messageId }: TransportFacts['handled']): void {
    this.#see({ ...this.#end(messageId), outcome: 'handled', pattern, queue, messageId });
  }

  failed({ queue, pattern, action, error, messageId }: TransportFacts['failed']): void {
    const outcome = OUTCOMES[action];
    this.#see({
      ...this.#end(messageId),
      outcome,
      pattern: pattern ?? '',
      queue,
      messageId,
      error,
    });
  }

  sent({ pattern, data }: TransportFacts['sent']): void {
    this.#see({ outcome: 'sent', pattern, data });
  }

  #end(messageId: string): Pick<SeenMessage, 'data' | 'receiveCount'> {
    const started = this.#started.get(messageId);
    this.#started.delete(messageId);
    return started
      ? { data: started.data, receiveCount: started.receiveCount }
      : { data: undefined };
  }

  #see(message: SeenMessage): void {
    this.#seen.push(message);
    if (this.#seen.length > MAX_SEEN) this.#seen.shift();
  }
}
