import { IdempotencyStoreError } from '../errors/index.js';

/** A process's request for the right to do one piece of work. */
export interface Reservation {
  /** Identifies the work: queue, handler and message. */
  readonly key: string;
  /** Identifies the process. Only the owner can renew, commit and release. */
  readonly owner: string;
  /** Hash of the message's body: another body under the same key is a mistake of its sender. */
  readonly payloadHash: string;
  /** Epoch milliseconds after which the work counts as abandoned. */
  readonly inProgressUntilMs: number;
  /** Epoch seconds after which the record is forgotten. */
  readonly expiresAtS: number;
}

/** How work ended. */
export interface Completion {
  /** Epoch seconds after which the record is forgotten. */
  readonly expiresAtS: number;
  /** The handler's answer as text. Absent: it gave none, or one that is too large to keep. */
  readonly answer?: string;
}

/** What a store knows of a piece of work. */
export interface IdempotencyRecord {
  /** `INPROGRESS` past its time counts as not there. */
  readonly status: 'INPROGRESS' | 'COMPLETED';
  /** Epoch seconds. */
  readonly expiresAtS: number;
  /** Epoch milliseconds. Absent on records of programs that write none: they last until they expire. */
  readonly inProgressUntilMs?: number;
  /** Who reserved it. Absent on records of programs that write none. */
  readonly owner?: string;
  /** Of the body it was reserved for. Absent: another body counts as the same. */
  readonly payloadHash?: string;
  /** As `commit` was given it. */
  readonly answer?: string;
}

/** `EXPIRED`: as if it were not there; the work may be reserved again. */
type IdempotencyState = IdempotencyRecord['status'] | 'EXPIRED';

/**
 * Remembers which work is done. Each method is one atomic step; of several concurrent reservations of one key, one
 * succeeds.
 *
 * @example
 * const found = await store.reserve(reservation, Date.now());
 * if (found) return found.answer;
 * const answer = await work().catch(async (error) => {
 *   await store.release(reservation);
 *   throw error;
 * });
 * await store.commit(reservation, { answer, expiresAtS });
 */
export interface IdempotencyStore {
  /**
   * Whether the records end with this process. No other build reads them then, so handlers with names from a minified
   * build are accepted.
   *
   * @defaultValue false: such handlers are refused at start
   */
  readonly inProcess?: boolean;
  /**
   * Reserves the key, unless a record exists that has not expired at `nowMs`.
   *
   * @returns that record; undefined when the owner now has the reservation.
   */
  reserve(reservation: Reservation, nowMs: number): Promise<IdempotencyRecord | undefined>;
  /** Extends a reservation. False: the owner no longer has it. */
  renew(reservation: Reservation, inProgressUntilMs: number): Promise<boolean>;
  /** Marks the work as done; may be called twice. False: the owner no longer has the reservation. */
  commit(reservation: Reservation, completion: Completion): Promise<boolean>;
  /** Releases the reservation of failed work. False: the owner no longer has it, or the work is done. */
  release(reservation: Reservation): Promise<boolean>;
}

/** The state of a record at a time. Stores delete expired records later. */
export function stateOf(record: IdempotencyRecord, nowMs: number): IdempotencyState {
  const { status, expiresAtS, inProgressUntilMs = Infinity } = record;
  const abandoned = status === 'INPROGRESS' && inProgressUntilMs < nowMs;
  return expiresAtS * 1000 < nowMs || abandoned ? 'EXPIRED' : status;
}

/**
 * The record may be deleted between a refused write and the read that looks for the reason; then both are tried again.
 */
const RESERVE_ATTEMPTS = 3;

/**
 * Implements `reserve` for a store that has a conditional write and a read.
 *
 * @param put writes the record unless a live one exists; false, or that record, when it was refused.
 * @param read the record as it is now.
 * @throws IdempotencyStoreError when others come between each time.
 */
export async function reserveByPut(
  { owner }: Reservation,
  nowMs: number,
  put: () => Promise<boolean | IdempotencyRecord>,
  read: () => Promise<IdempotencyRecord | undefined>,
): Promise<IdempotencyRecord | undefined> {
  for (let left = RESERVE_ATTEMPTS; left > 0; left--) {
    const outcome = await put();
    if (outcome === true) return undefined;
    const found = outcome === false ? await read() : outcome;
    if (found === undefined || stateOf(found, nowMs) === 'EXPIRED') continue;
    // The retry of a write whose answer was lost is refused, although the record is the caller's own.
    return found.owner === owner && found.status === 'INPROGRESS' ? undefined : found;
  }
  throw new IdempotencyStoreError('The idempotency record changed at every attempt to reserve it');
}
