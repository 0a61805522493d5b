import { doubledWith, withJitter } from '../../../common/back-off.js';
import { PendingCounter } from '../../../common/pending-counter.js';
import { isAccessDenied, isKmsFault, isNotFound } from '../../broker/broker.errors.js';
import type { BrokerMessage } from '../../broker/broker.queue.js';
import type { Clock, StopTimer } from '../../clock.js';
import type { OutageLog } from '../../outage.log.js';
import { MAX_BATCH_ENTRIES } from '../../sns-sqs.constants.js';

export interface PollerOptions {
  /** One receive. */
  readonly receive: (maxMessages: number, waitTimeS: number) => Promise<readonly BrokerMessage[]>;
  /** Messages the process can take now, not counting open polls. */
  readonly free: () => number;
  /** @param sentAtMs when the receive was sent, by `realTime.monotonicMs`. */
  readonly onMessages: (messages: readonly BrokerMessage[], sentAtMs: number) => void;
  readonly waitTimeS: number;
  readonly clock: Clock;
  /** Measures how long a receive takes: a broker does not wait for a test's clock. */
  readonly realTime: Clock;
  readonly outage: OutageLog;
  /** Called with false when receives fail, and with true when they succeed; also when nothing has changed. */
  readonly onReceiving?: ((receiving: boolean) => void) | undefined;
}

/** The state of a queue's polling; `down` and `stalled` have a reason. */
export type PollerState =
  | {
      /** `running` also while no messages come. */
      readonly state: 'running' | 'paused';
    }
  | {
      /**
       * `down`: AWS refuses the polls. `stalled`: no receive succeeds, or handlers make no progress. Both end when
       * their cause ends.
       */
      readonly state: 'down' | 'stalled';
      /** A text for logs and health checks. */
      readonly reason: string;
    };

// An additional poll only finds out whether there are more messages, so it waits less.
const EXTRA_WAIT_S = 1;
// Two polls cost a tenth more CPU a message than four; four, eight and sixteen cost the same here, and a receive over a
// network takes longer than one on this machine (`npm run bench -- consume`).
const MAX_POLLS = 16;
const ERROR_BASE_MS = 200;
const ERROR_CAP_MS = 10_000;
// Access denied, no such queue: an operator must repair it, so frequent polls do not help.
const DOWN_PAUSE_MS = 15_000;
/**
 * A poll without an answer for this long beyond its wait may hang: another one takes its place, though it may still
 * end.
 */
const OVERDUE_MS = 3000;
const STALLED_WAITS = 3;
const MIN_STALL_MS = 15_000;

/**
 * Reserves free capacity, then requests as many messages. When idle, one long poll is open; while receives come back
 * full, more are opened, up to the capacity.
 */
export class Poller {
  /** Open polls that are not overdue. */
  #polls = 0;
  /** All open polls, including overdue ones. */
  readonly #open = new PendingCounter();
  #reserved = 0;
  #wanted = 1;
  #failures = 0;
  #down: string | undefined;
  #lastFailure: string | undefined;
  #active = false;
  /** Time of the last successful receive, or else of the first poll. */
  #lastSucceededMs: number;
  #stopPause: StopTimer | undefined;

  constructor(private readonly options: PollerOptions) {
    this.#lastSucceededMs = options.clock.monotonicMs();
  }

  /** Resolves pending stop() calls: polling continues, so they would never resolve. */
  start(): void {
    this.#active = true;
    this.#open.endWaiting();
    this.#lastSucceededMs = this.options.clock.monotonicMs();
    this.poll();
  }

  /**
   * Opens no new polls. Resolves when the open ones have ended; they are never aborted, because SQS would still deliver
   * messages to them.
   */
  async stop(): Promise<void> {
    this.#active = false;
    this.#stopPause?.();
    this.#stopPause = undefined;
    await this.#open.whenNone();
  }

  state(): PollerState {
    if (!this.#active) return { state: 'paused' };
    if (this.#down !== undefined) return { state: 'down', reason: this.#down };
    const patience = Math.max(MIN_STALL_MS, STALLED_WAITS * this.options.waitTimeS * 1000);
    const waiting = this.#open.count > 0 || this.#stopPause !== undefined;
    if (!waiting || this.options.clock.monotonicMs() - this.#lastSucceededMs <= patience)
      return { state: 'running' };
    const cause = this.#lastFailure === undefined ? '' : `: ${this.#lastFailure}`;
    return {
      state: 'stalled',
      reason: `no receive has succeeded for ${patience / 1000} s${cause}`,
    };
  }

  /** Opens polls while there is capacity; call it whenever capacity becomes free. */
  poll(): void {
    while (this.#active && this.#stopPause === undefined && this.#polls < this.#wanted) {
      const room = Math.min(MAX_BATCH_ENTRIES, this.options.free() - this.#reserved);
      if (room <= 0) return;
      void this.#poll(room);
    }
  }

  async #poll(room: number): Promise<void> {
    const waitTimeS =
      this.#polls === 0 ? this.options.waitTimeS : Math.min(EXTRA_WAIT_S, this.options.waitTimeS);
    // Earlier waiting, such as for capacity, does not count towards a stall; failures do.
    if (this.#open.count === 0 && this.#failures === 0)
      this.#lastSucceededMs = this.options.clock.monotonicMs();
    this.#polls += 1;
    this.#open.begin();
    this.#reserved += room;
    let reliedOn = true;
    const giveUp = (): void => {
      if (!reliedOn) return;
      reliedOn = false;
      this.#polls -= 1;
      this.#reserved -= room;
    };
    const stopTimer = this.options.realTime.after(waitTimeS * 1000 + OVERDUE_MS, () => {
      giveUp();
      this.poll();
    });
    let failure: unknown;
    let messages: readonly BrokerMessage[] = [];
    const sentAtMs = this.options.realTime.monotonicMs();
    try {
      messages = await this.options.receive(room, waitTimeS);
    } catch (error) {
      failure = error;
    }
    stopTimer();
    giveUp();
    this.#open.end();
    if (failure === undefined) this.#succeeded(messages, room, sentAtMs);
    else this.#failed(failure);
    this.poll();
  }

  #succeeded(messages: readonly BrokerMessage[], room: number, sentAtMs: number): void {
    this.#failures = 0;
    this.#down = undefined;
    this.#lastFailure = undefined;
    this.#lastSucceededMs = this.options.clock.monotonicMs();
    this.options.outage.succeeded();
    this.options.onReceiving?.(true);
    if (messages.length >= room) this.#wanted = Math.min(MAX_POLLS, this.#wanted + 1);
    else if (messages.length === 0) this.#wanted = 1;
    if (messages.length > 0) this.options.onMessages(messages, sentAtMs);
  }

  #failed(error: unknown): void {
    this.#wanted = 1;
    this.#failures += 1;
    const hopeless = isAccessDenied(error) || isNotFound(error) || isKmsFault(error);
    this.#lastFailure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#down = hopeless ? this.#lastFailure : undefined;
    this.options.outage.failed(error, hopeless ? 1 : undefined);
    // As in the log, a single failure does not count.
    if (hopeless || this.#failures > 1) this.options.onReceiving?.(false);
    const pauseMs = hopeless
      ? DOWN_PAUSE_MS
      : doubledWith(this.#failures, ERROR_BASE_MS, ERROR_CAP_MS);
    if (!this.#active || this.#stopPause !== undefined) return;
    this.#stopPause = this.options.clock.after(withJitter(pauseMs), () => {
      this.#stopPause = undefined;
      this.poll();
    });
  }
}
