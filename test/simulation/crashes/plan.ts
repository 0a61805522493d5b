import { seeded } from '../../support/seeded.js';

/** All that decides a run: the same plan is the same run, byte for byte. */
export interface Plan {
  readonly seed: number;
  /** Orders that are written, each with an entry in the outbox of its group's document. */
  readonly orders: number;
  readonly requests: number;
  readonly groups: number;
  readonly queue: 'standard' | 'block' | 'hold' | 'skip';
  /** Processes at a time. */
  readonly processes: number;
  readonly store: boolean;
  /** Milliseconds a call takes at most. */
  readonly latencyMs: number;
  /** Shares of calls and of messages. */
  readonly lostAnswers: number;
  readonly throttled: number;
  readonly refused: number;
  readonly stalled: number;
  /** When `OUTAGE_MS` begin in which every delete and change of visibility is refused. */
  readonly outageAtMs: number | undefined;
  readonly failing: number;
  /** Receives after which SQS dead-letters a message. */
  readonly maxReceives: number;
  /** Orders that no handler can ever take. */
  readonly poison: number;
  readonly duplicated: number;
  readonly overtaken: number;
  readonly visibilityTimeoutS: number;
  readonly workMs: number;
  /** When somebody sets the clocks, and by how much. */
  readonly clockSet: { readonly atMs: number; readonly byMs: number } | undefined;
  /** When a process is closed and another one started, as in a deployment. */
  readonly closings: readonly number[];
  /** Numbers of steps at which the process that takes them dies. */
  readonly crashes: readonly number[];
}

/** By then the last process was closed and the clocks were set. */
export const LAST_EVENT_MS = 30_000;
/** Longer than most leases, and than the tries of a call. */
export const OUTAGE_MS = 15_000;
/** Steps that a run takes, at the least. */
const STEPS = 700;

/** @param crashes in this run. */
export function planOf(seed: number, crashes: number): Plan {
  const random = seeded(seed);
  const one = <T>(...of: readonly [T, ...T[]]): T => of[Math.floor(random() * of.length)] ?? of[0];
  const upTo = (max: number): number => Math.floor(random() * max);
  const refused = one(0, 0, 0.1);
  return {
    seed,
    orders: 8 + upTo(12),
    requests: 3 + upTo(4),
    // Refusals break the order of groups that one call cannot release: docs/receiving.md.
    groups: refused > 0 ? 2 + upTo(3) : 1 + upTo(4),
    queue: one('standard', 'standard', 'block', 'hold', 'skip'),
    processes: one(1, 2, 2, 3),
    store: random() < 0.6,
    latencyMs: one(0, 20, 200),
    lostAnswers: one(0, 0, 0.05),
    throttled: one(0, 0, 0.05),
    refused,
    // Together with refusals these break the order.
    stalled: refused > 0 ? 0 : one(0, 0, 0.1),
    outageAtMs: random() < 0.3 ? upTo(LAST_EVENT_MS - OUTAGE_MS) : undefined,
    failing: one(0, 0, 0.2),
    poison: one(0, 0, 0.15),
    maxReceives: one(1000, 1000, 4),
    duplicated: one(0, 0, 0.2),
    overtaken: one(0, 0.3),
    visibilityTimeoutS: one(4, 10, 30),
    workMs: one(20, 1500, 9000),
    clockSet: random() < 0.1 ? { atMs: upTo(20_000), byMs: one(-600_000, 600_000) } : undefined,
    closings: Array.from({ length: upTo(3) }, () => upTo(LAST_EVENT_MS)).toSorted((a, b) => a - b),
    crashes: Array.from({ length: crashes }, () => upTo(STEPS)).toSorted((a, b) => a - b),
  };
}
