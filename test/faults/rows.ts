import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentError } from '../../src/transport/index.js';
import { faults } from '../../src/testing/index.js';
import { hang } from './hang.js';
import type { Row } from './row.js';

const SENDS = ['SendMessageBatch'];
const ENTRIES = ['SendMessageBatch', 'DeleteMessageBatch', 'ChangeMessageVisibilityBatch'];
const RELEASES = ['ChangeMessageVisibilityBatch'];
const SLOW_CALL_MS = 3000;
const CLOCK_OFF_S = 600;

/** Jobs that are never handled in the row of a handler that never returns. */
const STUCK = new Set([3, 11]);

/** Every twentieth job at its first receive. */
const failingAtFirst: Row['work'] =
  (handled) =>
  (job, { receiveCount }) => {
    if (receiveCount === 1 && job % 20 === 0) throw new Error('not yet');
    handled(job);
  };

export const ROWS: readonly Row[] = [
  { name: 'nothing goes wrong', once: true },
  {
    name: 'broker answers 5xx (10 %) and resets (10 %)',
    faults: (random) => [
      faults.serverError({ share: 0.1, random }),
      faults.reset({ share: 0.1, random }),
    ],
    workers: 6,
  },
  {
    name: 'throttling (20 %)',
    faults: (random) => [faults.throttle({ share: 0.2, random })],
    workers: 6,
  },
  {
    name: 'latency of 0 to 3 s on every call',
    faults: (random) => [faults.delay({ maxMs: SLOW_CALL_MS }, { random })],
    // Leases that end while their acknowledgement is under way would show something else.
    visibilityTimeoutS: 30,
    workers: 20,
  },
  {
    name: 'answers lost after the effect (20 %)',
    faults: (random) => [faults.loseAnswer({ share: 0.2, random })],
    workers: 6,
  },
  {
    name: 'batch entries fail by the service’s fault (20 %)',
    faults: (random) => [faults.failEntries({ on: ENTRIES, share: 0.2, random })],
  },
  {
    name: 'batch entries fail by the sender’s fault (5 %)',
    faults: (random) => [
      faults.failEntries({ on: ENTRIES, share: 0.05, senderFault: true, random }),
    ],
  },
  {
    name: 'leases expire under a slow handler (20 %)',
    faults: (random) => [faults.expireLease({ share: 0.2, random })],
    work: (handled) => async (job) => {
      await sleep(20);
      handled(job);
    },
  },
  {
    name: 'messages received twice (20 %)',
    faults: (random) => [faults.duplicate({ share: 0.2, random })],
  },
  {
    name: 'messages sent twice (20 %)',
    faults: (random) => [faults.duplicate({ on: SENDS, share: 0.2, random })],
  },
  {
    name: 'messages received in another order (30 % in a later receive)',
    faults: (random) => [faults.reorder({ share: 0.3, random })],
  },
  {
    name: 'poison (5 %)',
    work: (handled) => (job) => {
      if (job % 20 === 7) throw new PermanentError('poison');
      handled(job);
    },
    once: true,
  },
  {
    name: 'handlers that fail (20 %)',
    work:
      (handled) =>
      (job, { receiveCount }) => {
        if (receiveCount === 1 && job % 5 === 0) throw new Error('not yet');
        handled(job);
      },
    once: true,
  },
  {
    name: 'two handlers that never return',
    work: (handled) => (job) => {
      if (STUCK.has(job)) return new Promise<void>(() => undefined);
      handled(job);
      return undefined;
    },
    // Their messages are SQS's to dead-letter: whoever has them lets them go.
    server: { maxLeaseMs: 1, drainTimeoutMs: 500 },
    maxReceiveCount: 2,
    once: true,
  },
  {
    name: 'requests and their answers: 5xx, resets, throttling (5 % each), lost answers (10 %), calls that hang (0.5 %)',
    faults: (random) => [
      faults.serverError({ share: 0.05, random }),
      faults.reset({ share: 0.05, random }),
      faults.throttle({ share: 0.05, random }),
      faults.loseAnswer({ share: 0.1, random }),
      hang({ share: 0.0025, random, afterEffect: false }),
      hang({ share: 0.0025, random, afterEffect: true }),
    ],
    requests: true,
    workers: 6,
  },
  {
    name: 'FIFO groups: 5xx, lost answers, refused entries, failing handlers (5 % each)',
    faults: (random) => [
      faults.serverError({ share: 0.05, random }),
      faults.loseAnswer({ share: 0.05, random }),
      faults.failEntries({ on: SENDS, share: 0.05, senderFault: true, random }),
    ],
    work: failingAtFirst,
    groups: 500,
    workers: 4,
  },
  {
    name: 'FIFO groups: changes of visibility that stall for 3 s (50 %), failing handlers (5 %)',
    faults: (random) => [
      faults.delay(
        { minMs: SLOW_CALL_MS, maxMs: SLOW_CALL_MS },
        { on: RELEASES, share: 0.5, random },
      ),
    ],
    work: failingAtFirst,
    groups: 500,
    workers: 4,
  },
  {
    name: 'FIFO groups: changes of visibility that are refused (20 %) or whose answers are lost (20 %), failing handlers (5 %)',
    faults: (random) => [
      faults.failEntries({ on: RELEASES, share: 0.2, random }),
      faults.loseAnswer({ on: RELEASES, share: 0.2, random }),
    ],
    work: failingAtFirst,
    groups: 500,
    workers: 4,
  },
  {
    name: 'consumer killed by SIGKILL in mid-work',
    killed: { role: 'consumer', signal: 'SIGKILL', times: 20 },
  },
  {
    name: 'consumer ended by SIGTERM under load',
    killed: { role: 'consumer', signal: 'SIGTERM', times: 50 },
    once: true,
  },
  {
    name: 'consumer ended by SIGTERM under load, FIFO groups',
    killed: { role: 'consumer', signal: 'SIGTERM', times: 20 },
    groups: 500,
    once: true,
  },
  {
    name: 'consumer that stands still for twice its lease (SIGSTOP), beside another',
    stopped: { leases: 2, times: 5 },
  },
  {
    name: 'publisher killed by SIGKILL, resumed from its outbox',
    killed: { role: 'publisher', signal: 'SIGKILL', times: 20 },
  },
  {
    name: 'broker killed by SIGKILL, started again over its data',
    killed: { role: 'broker', signal: 'SIGKILL', times: 5 },
  },
  {
    name: 'broker’s disk full for 3 s, and killed by SIGKILL in every other time',
    fullDisk: { times: 6, durationMs: 3000 },
  },
  {
    name: 'broker’s disk full for 3 s, FIFO groups',
    fullDisk: { times: 4, durationMs: 3000 },
    groups: 500,
  },
  {
    name: 'clocks of two consumers 10 minutes off, ahead and behind',
    clocksOffS: [CLOCK_OFF_S, -CLOCK_OFF_S, 0],
    once: true,
  },
  {
    name: 'clock of a consumer that is set by 10 minutes while it works, ahead and behind',
    clockSet: { times: 10 },
    once: true,
  },
];
