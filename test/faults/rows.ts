import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentError } from '../../src/transport/index.js';
import { faults } from '../../src/transport/testing/index.js';
import type { Row } from './row.js';

const SENDS = ['SendMessageBatch'];
const ENTRIES = ['SendMessageBatch', 'DeleteMessageBatch', 'ChangeMessageVisibilityBatch'];

/** Jobs that are never handled in the row of a handler that never returns. */
const STUCK = new Set([3, 11]);

export const ROWS: readonly Row[] = [
  { name: 'nothing goes wrong', once: true },
  {
    name: 'consumer killed by SIGKILL in mid-work',
    killed: { role: 'consumer', signal: 'SIGKILL' },
    kills: 20,
  },
  {
    name: 'consumer ended by SIGTERM under load',
    killed: { role: 'consumer', signal: 'SIGTERM' },
    kills: 50,
    once: true,
  },
  {
    name: 'publisher killed by SIGKILL, resumed from its outbox',
    killed: { role: 'publisher', signal: 'SIGKILL' },
    kills: 20,
  },
  {
    name: 'broker answers 5xx (10 %) and resets (10 %)',
    faults: (random) => [
      faults.serverError({ share: 0.1, random }),
      faults.reset({ share: 0.1, random }),
    ],
  },
  { name: 'throttling (20 %)', faults: (random) => [faults.throttle({ share: 0.2, random })] },
  {
    name: 'latency of 0 to 3 s (10 % of calls)',
    faults: (random) => [faults.delay({ maxMs: 3000 }, { share: 0.1, random })],
    atMost: 20_000,
  },
  {
    name: 'answers lost after the effect (20 %)',
    faults: (random) => [faults.loseAnswer({ share: 0.2, random })],
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
    // Their messages are SQS's to dead-letter: this process holds them no longer, and starts no copy beside them.
    server: { maxLeaseMs: 1, drainTimeoutMs: 500 },
    maxReceiveCount: 2,
    once: true,
  },
];
