import { faults, type Fault } from '../../../src/testing/index.js';

/** One line of the sessions' fault table: what goes wrong while changes are written and announced. */
export interface SessionsRow {
  readonly name: string;
  /** What is wrong on the way to SNS and SQS. */
  readonly faults?: (random: () => number) => readonly Fault[];
  /** How often a process is killed, and another takes its place. */
  readonly kills?: number;
  /** Processes at a time, each with a relay. @defaultValue 1 */
  readonly processes?: number;
  /** Seconds by which the clock of each process is off. */
  readonly clocksOffS?: readonly number[];
  /** Milliseconds that nobody else can write to the documents, once. */
  readonly documentsAwayMs?: number;
  /** Milliseconds that SNS and SQS do not answer, once. */
  readonly brokerAwayMs?: number;
}

const SENDS = ['Publish', 'PublishBatch', 'SendMessage', 'SendMessageBatch'];

export const SESSIONS_ROWS: readonly SessionsRow[] = [
  { name: 'nothing goes wrong' },
  { name: 'SIGKILL at any moment', kills: 10 },
  { name: 'SIGKILL with two relays at once', kills: 10, processes: 2 },
  {
    name: 'answers lost after the effect (20 %)',
    faults: (random) => [faults.loseAnswer({ on: SENDS, share: 0.2, random })],
  },
  {
    name: 'broker answers 5xx (20 %) and resets (10 %)',
    faults: (random) => [
      faults.serverError({ share: 0.2, random }),
      faults.reset({ share: 0.1, random }),
    ],
    processes: 2,
  },
  { name: 'SNS and SQS away for a minute', brokerAwayMs: 60_000 },
  { name: 'documents away for 10 s', documentsAwayMs: 10_000 },
  { name: 'clocks ten minutes apart, with kills', clocksOffS: [-600, 600], processes: 2, kills: 4 },
];
