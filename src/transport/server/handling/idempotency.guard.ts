import { randomUUID } from 'node:crypto';
import { from, tap, throwError, type Observable } from 'rxjs';

import type { Clock } from '../../clock.js';
import type { MessageDecoder } from '../../codec/message.codec.js';
import {
  IdempotencyKeyReusedError,
  IdempotencyStoreError,
  NotRunError,
  WorkInProgressError,
} from '../../errors/index.js';
import {
  DEFAULT_IDEMPOTENCY_TTL_S,
  DEFAULT_MAX_ANSWER_BYTES,
  type IdempotencyOptions,
} from '../../idempotency/idempotency.options.js';
import type { IdempotencyRecord, Reservation } from '../../idempotency/idempotency.store.js';
import { StoredAnswer, parseAnswer } from '../../idempotency/stored-answer.js';
import { digest, messageKey } from '../../idempotency/message-key.js';
import { ReservedWork } from '../../idempotency/reserved-work.js';
import type { SnsSqsContext } from '../../sns-sqs.context.js';
import type { TransportObserver } from '../../transport.observer.js';
import { flatten, type Deliver } from './flatten.js';
import type { Lease } from '../leases/lease.js';
import type { ReadMessage } from './message.reader.js';

/** One run of a handler for one message. */
export interface GuardedCall {
  readonly lease: Lease;
  readonly message: ReadMessage;
  readonly context: SnsSqsContext;
  /** The pattern the handler is registered for. */
  readonly pattern: string;
  /** The handler's name in the store. */
  readonly handler: string;
  /**
   * `event`: gives no answer. `request`: its answer is kept. `awaited`: its answer is kept, and the caller waits for
   * it.
   */
  readonly kind: 'event' | 'request' | 'awaited';
}

interface IdempotencyGuardDependencies {
  readonly queue: string;
  readonly codec: MessageDecoder;
  readonly options: IdempotencyOptions;
  readonly observer: TransportObserver | undefined;
  readonly clock: Clock;
}

/**
 * Wraps one handler. Its work is reserved before it runs, committed when it has succeeded and before its answer is
 * complete, and released when it has failed. If the work is already done, the store gives the answer.
 */
export class IdempotencyGuard {
  constructor(private readonly dependencies: IdempotencyGuardDependencies) {}

  /**
   * @param handle runs the handler.
   * @param deliver sends its result to the caller, and resolves when it is sent.
   * @throws WorkInProgressError when the work is in progress elsewhere; IdempotencyStoreError when the store fails;
   * IdempotencyKeyReusedError when another body was handled under the same id; the handler's own errors.
   */
  async run(call: GuardedCall, handle: () => unknown, deliver: Deliver): Promise<void> {
    const reservation = this.#reservation(call);
    const found = await this.#reserve(reservation);
    if (found) await this.#answer(call, reservation, found, deliver);
    else await this.#work(call, reservation, handle, deliver);
  }

  async #work(
    { lease, kind }: GuardedCall,
    reservation: Reservation,
    handle: () => unknown,
    deliver: Deliver,
  ): Promise<void> {
    const work = new ReservedWork(this.dependencies.options.store, reservation);
    const renew = (): void => void work.renew(this.#epochMs(lease.expiresAtMs));
    const stopRenewing = lease.onExtended(renew);
    // The heartbeat may have renewed the lease during the call to the store.
    if (this.#epochMs(lease.expiresAtMs) > reservation.inProgressUntilMs) renew();
    const answer = kind === 'event' ? undefined : new StoredAnswer(this.#maxAnswerBytes);
    let done = false;
    const commit = (): Promise<void> => {
      done = true;
      stopRenewing();
      const text = answer?.text;
      return work.commit({
        expiresAtS: this.#expiresAtS(),
        ...(text !== undefined && { answer: text }),
      });
    };
    try {
      // The call to the store may have taken any time, and a process may stand still.
      if (!lease.isHeldAt(this.dependencies.clock.monotonicMs()))
        throw new NotRunError('The lease was lost before the work began');
      const values = flatten(await handle()).pipe(tap((value) => answer?.add(value)));
      await deliver(values, commit);
    } catch (error) {
      stopRenewing();
      if (!done) await work.release();
      throw error;
    }
  }

  async #answer(
    { context, pattern, kind }: GuardedCall,
    { key, payloadHash }: Reservation,
    found: IdempotencyRecord,
    deliver: Deliver,
  ): Promise<void> {
    const { queue, options, observer } = this.dependencies;
    if (found.payloadHash !== undefined && found.payloadHash !== payloadHash) {
      const error = new IdempotencyKeyReusedError(key);
      if (kind !== 'awaited') throw error;
      return deliver(refusal(error.message));
    }
    if (found.status === 'INPROGRESS') {
      const { inProgressUntilMs = found.expiresAtS * 1000 } = found;
      throw new WorkInProgressError(Math.max(0, inProgressUntilMs - this.dependencies.clock.now()));
    }
    observer?.repeated?.({ queue, pattern });
    const values = parseAnswer(found.answer);
    await options.onRepeated?.({ context, answer: values });
    if (kind === 'awaited') await deliver(values ? from(values) : refusal(NOT_KEPT));
  }

  #reservation({ lease, message, handler }: GuardedCall): Reservation {
    const { queue, codec, options } = this.dependencies;
    const { pattern: named, data, attributes, bodyHash = '' } = message;
    const byBody = codec.identifiesByBody?.(message) ?? false;
    // An empty id counts as none: otherwise all messages with one would be the same message.
    const id = byBody ? bodyHash : (textOf(message.id) ?? lease.messageId);
    const own = { queue, handler, id };
    const asked = options.identify?.({ ...own, pattern: named, data, attributes });
    const given = asked?.key === '' ? undefined : asked;
    return {
      key: given?.key ?? messageKey(own),
      owner: randomUUID(),
      // Only the key is hashed, so that it validates the same everywhere.
      payloadHash: given ? (given.validation ?? digest(given.key)) : bodyHash,
      // Ends before the message becomes visible, so that the next receiver finds the reservation expired.
      inProgressUntilMs: this.#epochMs(lease.expiresAtMs),
      expiresAtS: this.#expiresAtS(),
    };
  }

  async #reserve(reservation: Reservation): Promise<IdempotencyRecord | undefined> {
    try {
      return await this.dependencies.options.store.reserve(
        reservation,
        this.dependencies.clock.now(),
      );
    } catch (cause) {
      if (cause instanceof IdempotencyStoreError) throw cause;
      throw new IdempotencyStoreError(`The idempotency store failed: ${String(cause)}`, { cause });
    }
  }

  /** The time as other processes read it. */
  #epochMs(monotonicMs: number): number {
    const { clock } = this.dependencies;
    return Math.round(clock.now() + monotonicMs - clock.monotonicMs());
  }

  #expiresAtS(): number {
    const { ttlS = DEFAULT_IDEMPOTENCY_TTL_S } = this.dependencies.options;
    return Math.ceil(this.dependencies.clock.now() / 1000) + ttlS;
  }

  get #maxAnswerBytes(): number {
    return this.dependencies.options.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES;
  }
}

const textOf = (id: string | undefined): string | undefined => (id === '' ? undefined : id);

const NOT_KEPT = 'The request was handled before, and its answer was too large to be kept';

/** An error in the shape Nest gives a caller. */
const refusal = (message: string): Observable<never> =>
  throwError(() => ({ status: 'error', message }));
