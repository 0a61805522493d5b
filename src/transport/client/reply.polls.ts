import type { Logger } from '@nestjs/common';

import { isNotFound } from '../broker/broker.errors.js';
import type { BrokerMessage } from '../broker/broker.queue.js';
import { pause, type Clock } from '../clock.js';
import { OutageLog } from '../outage.log.js';
import { lastPart } from '../topology/declare/names.js';
import type { ReplyQueue } from './reply-queue.js';

const RECEIVE_ERROR_PAUSE_MS = 500;
/** Polls open at once: each that another one takes over from stays open, and may bring answers late. */
const MAX_POLLS = 8;

export interface ReplyPollsOptions {
  readonly queue: Pick<ReplyQueue, 'url' | 'receive'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'log'>;
  /** Aborted on close. */
  readonly signal: AbortSignal;
  readonly onMessages: (messages: readonly BrokerMessage[]) => void;
  /** Called with false when a receive has failed, and with true when one has succeeded. */
  readonly onReceiving: (receiving: boolean) => void;
  /** The queue is not there any more; nothing is polled after that. */
  readonly onGone: () => void;
}

interface Poll {
  /** Absent while it pauses after a failure. */
  sentAtMs: number | undefined;
}

/**
 * Keeps one long poll of the reply queue open. A poll whose answer hangs brings nothing and does not end for as long as its
 * connection stays open, so where answers are due another one takes over from it.
 */
export class ReplyPolls {
  readonly #outage: OutageLog;
  /** The one that goes on when its receive has ended; others end with theirs. */
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

  /** Opens another poll, unless one was sent within so many milliseconds, or so many are open already. */
  takeOver(patienceMs: number): void {
    const { clock, signal } = this.options;
    const sentAtMs = this.#current?.sentAtMs;
    if (signal.aborted || sentAtMs === undefined || this.#open.size >= MAX_POLLS) return;
    if (clock.monotonicMs() - sentAtMs >= patienceMs) this.start();
  }

  /** Resolves when none is open; they end by the signal, or by themselves. */
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
      // What another poll has taken over from was given up before it failed.
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
