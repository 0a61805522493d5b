import type { Logger } from '@nestjs/common';

import { isNotFound } from '../broker/broker.errors.js';
import type { BrokerMessage } from '../broker/broker.queue.js';
import { pause, type Clock } from '../clock.js';
import { OutageLog } from '../outage.log.js';
import { lastPart } from '../../common/resource-names.js';
import type { ReplyQueue } from './reply-queue.js';

const RECEIVE_ERROR_PAUSE_MS = 500;
/** Polls open at once. A poll that another took over from stays open and may still return answers. */
const MAX_POLLS = 8;

interface ReplyPollsOptions {
  readonly queue: Pick<ReplyQueue, 'url' | 'receive'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'log'>;
  /** Aborted on close. */
  readonly signal: AbortSignal;
  readonly onMessages: (messages: readonly BrokerMessage[]) => void;
  /** Called with false when a receive has failed, and with true when one has succeeded. */
  readonly onReceiving: (receiving: boolean) => void;
  /** Called when the queue no longer exists; polling has ended then. */
  readonly onGone: () => void;
}

interface Poll {
  /** Absent while it pauses after a failure. */
  sentAtMs: number | undefined;
}

/**
 * Keeps one long poll of the reply queue open. A poll on a hanging connection returns nothing and does not end, so
 * another one takes over while answers are due.
 */
export class ReplyPolls {
  readonly #outage: OutageLog;
  /** The poll that continues after its receive; the others end with theirs. */
  #current: Poll | undefined;
  readonly #open = new Set<Promise<void>>();

  constructor(private readonly options: ReplyPollsOptions) {
    const { logger, clock, queue } = options;
    this.#outage = new OutageLog(logger, clock, 'Receiving answers', {
      queue: lastPart(queue.url),
    });
  }

  start(): void {
    const poll: Poll = { sentAtMs: undefined };
    this.#current = poll;
    const ended = this.#run(poll).finally(() => this.#open.delete(ended));
    this.#open.add(ended);
  }

  /** Opens another poll, unless one was sent within `patienceMs` or `MAX_POLLS` are open. */
  takeOver(patienceMs: number): void {
    const { clock, signal } = this.options;
    const sentAtMs = this.#current?.sentAtMs;
    if (signal.aborted || sentAtMs === undefined || this.#open.size >= MAX_POLLS) return;
    if (clock.monotonicMs() - sentAtMs >= patienceMs) this.start();
  }

  /** Resolves when no poll is open; the signal ends those that have not ended by themselves. */
  async ended(): Promise<void> {
    await Promise.all(this.#open);
  }

  async #run(poll: Poll): Promise<void> {
    const { signal, clock } = this.options;
    while (!signal.aborted && poll === this.#current) {
      poll.sentAtMs = clock.monotonicMs();
      const received = await this.#receive(poll);
      if (received) continue;
      poll.sentAtMs = undefined;
      if (poll === this.#current) await pause(clock, RECEIVE_ERROR_PAUSE_MS, signal);
    }
  }

  /** @returns whether it succeeded. */
  async #receive(poll: Poll): Promise<boolean> {
    const { queue, signal, onMessages, onReceiving, onGone } = this.options;
    try {
      const messages = await queue.receive(signal);
      this.#outage.succeeded();
      onReceiving(true);
      if (messages.length > 0) onMessages(messages);
      return true;
    } catch (error) {
      // A poll that another took over from was given up before it failed, so its failure means nothing.
      if (signal.aborted || poll !== this.#current) return false;
      if (isNotFound(error)) {
        this.#current = undefined;
        onGone();
        return false;
      }
      this.#outage.failed(error);
      onReceiving(false);
      return false;
    }
  }
}
