import { Logger } from '@nestjs/common';
import { Observable } from 'rxjs';

import type { Clock } from '../clock.js';
import { SendBufferFullError, WeftError } from '../errors/index.js';
import { CountedWarning } from '../observing/counted-warning.js';
import { errorType } from '../observing/error-type.js';

const MAX_LOGGED_PATTERN_LENGTH = 128;
const MAX_LOGGED_REASON_LENGTH = 1024;

interface EmittedEventsDependencies {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Maximum number of pending events, which AWS has neither taken nor refused. */
  readonly limit: number;
  /** A pattern as routes and logs name it. */
  readonly nameOf: (pattern: unknown) => string;
}

/** The pending events of a client, and the failures of events without a subscriber. */
export class EmittedEvents {
  readonly #dependencies: EmittedEventsDependencies;
  readonly #unheard: CountedWarning;
  #pending = 0;
  /** Counts the events refused in this turn that have no subscriber. */
  #refusedNow: { unheard: number } | undefined;

  constructor(dependencies: EmittedEventsDependencies) {
    this.#dependencies = dependencies;
    this.#unheard = new CountedWarning(dependencies.logger, 'error');
  }

  get isFull(): boolean {
    return this.#pending >= this.#dependencies.limit;
  }

  /**
   * Counts an event until it is sent. Subscribers of the result learn of a failure; without a subscriber it is logged.
   */
  add<Result>(pattern: unknown, sent: Promise<unknown>): Observable<Result> {
    this.#pending += 1;
    let subscribed = false;
    sent.then(
      () => (this.#pending -= 1),
      (error: unknown) => {
        this.#pending -= 1;
        // A caller that subscribes does so in the turn in which it emits.
        setImmediate(() => subscribed || this.#logUnheard(pattern, error));
      },
    );
    return new Observable((subscriber) => {
      subscribed = true;
      sent.then(
        () => {
          // One value, as of Nest's own clients: lastValueFrom() rejects where there is none.
          subscriber.next(undefined as Result);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      );
    });
  }

  /** Refuses an event before any work is done for it. */
  refuse(pattern: unknown): Observable<never> {
    const pending = this.#pending;
    // One log line for the whole turn: a loop that awaits nothing may be refused 100 000 times in one.
    const turn = (this.#refusedNow ??= this.#newTurn(pattern));
    turn.unheard += 1;
    let subscribed = false;
    return new Observable((subscriber) => {
      if (!subscribed) turn.unheard -= 1;
      subscribed = true;
      subscriber.error(refusal(pending));
    });
  }

  #newTurn(pattern: unknown): { unheard: number } {
    const turn = { unheard: 0 };
    const pending = this.#pending;
    setImmediate(() => {
      this.#refusedNow = undefined;
      if (turn.unheard > 0) this.#logUnheard(pattern, refusal(pending), turn.unheard);
    });
    return turn;
  }

  #logUnheard(pattern: unknown, error: unknown, count = 1): void {
    const { clock, nameOf } = this.#dependencies;
    const reason = String(error).slice(0, MAX_LOGGED_REASON_LENGTH);
    this.#unheard.add(
      clock.monotonicMs(),
      `Event not sent, and the result of emit() has no subscriber: ${reason}`,
      {
        pattern: nameOf(pattern).slice(0, MAX_LOGGED_PATTERN_LENGTH),
        code: error instanceof WeftError ? error.code : errorType(error),
      },
      count,
    );
  }
}

const refusal = (pending: number): SendBufferFullError =>
  new SendBufferFullError(
    `${pending} events wait to be sent already. Wait for emit before you call it again, or raise maxWaitingMessages and maxWaitingBytes`,
    { details: { messages: pending } },
  );
