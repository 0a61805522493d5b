import { Logger } from '@nestjs/common';
import { Observable } from 'rxjs';

import type { Clock } from '../clock.js';
import { SendBufferFullError, WeftError } from '../errors/index.js';
import { CountedWarning } from '../observing/counted-warning.js';
import { errorType } from '../observing/error-type.js';

const MAX_LOGGED_PATTERN_LENGTH = 128;
const MAX_LOGGED_REASON_LENGTH = 1024;

export interface EmittedEventsDependencies {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Most events that AWS has neither taken nor refused. */
  readonly limit: number;
  /** A pattern as routes and logs name it. */
  readonly nameOf: (pattern: unknown) => string;
}

/** The events of a client that AWS has neither taken nor refused, and the failures that nobody subscribed to. */
export class EmittedEvents {
  readonly #dependencies: EmittedEventsDependencies;
  readonly #unheard: CountedWarning;
  #pending = 0;
  /** Of the events that were refused in this turn, those that nobody has subscribed to. */
  #refusedNow: { unheard: number } | undefined;

  constructor(dependencies: EmittedEventsDependencies) {
    this.#dependencies = dependencies;
    this.#unheard = new CountedWarning(dependencies.logger, 'error');
  }

  get isFull(): boolean {
    return this.#pending >= this.#dependencies.limit;
  }

  /** Counts an event until it is sent. The result tells who subscribes to it; a failure that nobody hears is logged. */
  add<Result>(pattern: unknown, sent: Promise<unknown>): Observable<Result> {
    this.#pending += 1;
    let subscribed = false;
    sent.then(
      () => (this.#pending -= 1),
      (error: unknown) => {
        this.#pending -= 1;
        // The caller subscribes in the turn in which it emits, or not at all.
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

  /** Refuses an event before anything is made of it. */
  refuse(pattern: unknown): Observable<never> {
    const pending = this.#pending;
    // One for all of a turn: a loop that awaits nothing is refused a hundred thousand times in one.
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
      clock.now(),
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
