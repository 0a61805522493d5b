import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  ABANDONED_TICKET_MS,
  LOOK_FOR_WAITING_MS,
  STALE_TICKET_MS,
} from '../persistence.constants.js';

/**
 * Lets processes that share a file write in the order in which they came. SQLite's lock has no queue: a process that
 * writes without a pause takes it again before another one has looked, and at a high load that one may wait for ever.
 *
 * A process that waits has a ticket, an empty file named after the moment at which it began to wait. Others begin no
 * write while there is an older ticket than theirs. This is courtesy and not a lock: where tickets cannot be written, or
 * their owner stands still, everybody writes as SQLite lets them.
 */
export class WriteTurns {
  readonly #folder: string;
  #ticket: string | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;

  /**
   * @param folder of the tickets; created when the first process waits.
   * @param nowMs the time, by the clock that all processes share.
   */
  constructor(
    folder: string,
    private readonly nowMs: () => number = Date.now,
  ) {
    this.#folder = folder;
  }

  /** How many other processes have waited longer. Without a ticket it looks at most every 50 ms. */
  ahead(): number {
    const nowMs = this.nowMs();
    // Either way: the clock may have been set back since.
    const lookedAgoMs = Math.abs(nowMs - this.#lookedMs);
    if (this.#ticket === undefined && lookedAgoMs < LOOK_FOR_WAITING_MS) return 0;
    this.#lookedMs = nowMs;
    return this.#others().filter((other) => this.#ticket === undefined || other < this.#ticket)
      .length;
  }

  /** Takes a ticket, or says that its owner still waits. */
  wait(): void {
    this.#ticket ??= `${String(this.nowMs()).padStart(TIME_DIGITS, '0')}-${randomUUID()}`;
    const file = join(this.#folder, this.#ticket);
    courteously(() => {
      if (!existsSync(this.#folder)) mkdirSync(this.#folder, { mode: FOLDER_OF_OWNER });
      if (!existsSync(file)) writeFileSync(file, '', { mode: FILE_OF_OWNER });
      const now = new Date(this.nowMs());
      utimesSync(file, now, now);
    });
  }

  /** Gives the ticket up. */
  leave(): void {
    if (this.#ticket === undefined) return;
    const file = join(this.#folder, this.#ticket);
    this.#ticket = undefined;
    courteously(() => unlinkSync(file));
  }

  /** Tickets of other processes that still wait. */
  #others(): string[] {
    const nowMs = this.nowMs();
    return (courteously(() => (existsSync(this.#folder) ? readdirSync(this.#folder) : [])) ?? [])
      .filter((name) => TICKET.test(name) && name !== this.#ticket)
      .filter((name) => this.#isWaiting(join(this.#folder, name), nowMs));
  }

  /** Whether its owner has said so lately; deletes a ticket whose owner has ended without giving it up. */
  #isWaiting(file: string, nowMs: number): boolean {
    const saidMs = courteously(() => statSync(file).mtimeMs);
    if (saidMs === undefined) return false;
    const sinceMs = Math.abs(nowMs - saidMs);
    if (sinceMs > ABANDONED_TICKET_MS) courteously(() => unlinkSync(file));
    return sinceMs <= STALE_TICKET_MS;
  }
}

/** Digits of a moment in milliseconds, so that tickets sort by time until the year 5138. */
const TIME_DIGITS = 14;
const TICKET = /^\d{14}-[0-9a-f-]{36}$/;
const FOLDER_OF_OWNER = 0o700;
const FILE_OF_OWNER = 0o600;

/** Where a ticket cannot be read or written, such as on a full disk, it does not matter. */
function courteously<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
