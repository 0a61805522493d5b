import type { SnsSqsServerOptions } from '../../src/transport/index.js';
import type { Fault } from '../../src/testing/index.js';
import type { Work } from './worker.js';

/** One line of the fault table: what goes wrong while jobs are sent and handled. */
export interface Row {
  readonly name: string;
  /** What is wrong on the way to SQS. */
  readonly faults?: (random: () => number) => readonly Fault[];
  /** Replaces the consumers' handler, which does nothing but count; it counts by calling `handled`. */
  readonly work?: (handled: (job: number) => void) => Work;
  readonly server?: Partial<SnsSqsServerOptions>;
  /** Receives before SQS dead-letters a message by itself. @defaultValue 1000 */
  readonly maxReceiveCount?: number;
  /** Where short leases would show something else. Default: the run's. */
  readonly visibilityTimeoutS?: number;
  /** Senders and consumers, each with connections of its own, at full size. @defaultValue 2 */
  readonly workers?: number;
  /** FIFO groups, at full size; without, the queue is a standard one. */
  readonly groups?: number;
  /** Which process is ended, by which signal, and how often at full size. */
  readonly killed?: {
    readonly role: 'consumer' | 'publisher' | 'broker';
    readonly signal: 'SIGKILL' | 'SIGTERM';
    readonly times: number;
  };
  /** How many leases long one of the consumers stands still at a time (SIGSTOP), and how often at full size. */
  readonly stopped?: { readonly leases: number; readonly times: number };
  /** How often the disk of the broker has no room for a while, at full size; every other time it is killed in it. */
  readonly fullDisk?: { readonly times: number; readonly durationMs: number };
  /** How often the clock of one of the consumers is set, by ten minutes ahead and behind in turn, at full size. */
  readonly clockSet?: { readonly times: number };
  /** Consumers are processes of their own, whose clocks are off by so many seconds. */
  readonly clocksOffS?: readonly number[];
  /** Whether jobs are asked for: each is a request, whose caller waits for its answer. */
  readonly requests?: boolean;
  /** Whether nothing may be handled twice, even without a store. */
  readonly once?: boolean;
}

export interface RowOptions {
  readonly messages: number;
  /** Share of a row's kills that are made, from 0 to 1; one at least. */
  readonly killShare: number;
  /** Whether the consumers have an idempotency store. */
  readonly store: boolean;
  /** Seconds a received message is hidden: as long a killed consumer's come back later. */
  readonly visibilityTimeoutS: number;
  /** Of the faults' chances. Default: the number of messages. */
  readonly seed?: number;
  /** Milliseconds to wait for what is missing. Default: what a row of this size may take. */
  readonly patienceMs?: number;
}

export interface RowResult {
  readonly row: string;
  readonly store: boolean;
  readonly messages: number;
  readonly sent: number;
  readonly handled: number;
  readonly deadLettered: number;
  readonly lost: number;
  readonly acknowledgedUnhandled: number;
  readonly repeats: number;
  readonly outOfOrder: number;
  /** Begun by a process though another one had handled them. */
  readonly notOurs: number;
  /** Requests whose callers were not given their answers, by what they were told instead. */
  readonly unanswered: Readonly<Record<string, number>>;
  /** Callers that were told twice how their request ended. */
  readonly answeredTwice: number;
  /** Left on the queue at the end, hidden ones included. */
  readonly left: number;
  /** Times a fault struck, or a process was ended. */
  readonly struck: number;
  /** Milliseconds that a process stood still at most. */
  readonly stoodMs: number;
  /** Milliseconds that the broker took at most to end or renew leases. */
  readonly slowestCallMs: number;
  /** Milliseconds of a lease. */
  readonly leaseMs: number;
  readonly seconds: number;
}
