import type { BrokerCopy, BrokerQueue } from '../../../src/transport/broker/broker.queue.js';
import type { EntryOutcome } from '../../../src/transport/call-batching/entry-batcher.js';
import { OutageLog } from '../../../src/transport/outage.log.js';
import { Acknowledger } from '../../../src/transport/server/settling/acknowledger.js';
import { DeadLetterQueue } from '../../../src/transport/server/settling/dead-letter.js';
import {
  Settlement,
  type SettlementDependencies,
} from '../../../src/transport/server/settling/settlement.js';
import type { Followers, Lease } from '../../../src/transport/server/leases/lease.js';
import { LeaseRegistry } from '../../../src/transport/server/leases/lease.registry.js';
import { SlowestCall } from '../../../src/transport/server/leases/slowest.call.js';
import { VisibilityChanger } from '../../../src/transport/server/leases/visibility.changer.js';
import type { TransportObserver } from '../../../src/transport/index.js';
import { FakeClock } from '../../../src/testing/index.js';
import { message } from '../fake-sqs.js';

export const VISIBILITY_MS = 30_000;
const STEP_MS = 5;

/** What a queue was asked for: handles, and for a change of visibility the seconds of each. */
export type QueueCall = readonly ['delete' | 'change', ...(readonly string[])];

export interface SettledOptions extends Partial<
  Pick<SettlementDependencies, 'onPermanentError' | 'onFailure' | 'retry' | 'maxReceiveCount'>
> {
  /** What the queue answers; all is taken unless told otherwise. */
  readonly answer?: (call: QueueCall, handles: readonly string[]) => Promise<EntryOutcome[]>;
  /** What the dead-letter queue does with a copy. @defaultValue there is no such queue */
  readonly deadLetters?: (copy: BrokerCopy) => Promise<void>;
  /** @defaultValue one that notes what it is told */
  readonly observer?: TransportObserver | 'none';
}

export const taken = (handles: readonly string[]): EntryOutcome[] =>
  handles.map(() => ({ ok: true }));

/** What settles the messages of one queue, on a clock that passes when the test says so, and what the queue is asked for. */
export function settledQueue(options: SettledOptions = {}) {
  const clock = new FakeClock(0);
  const calls: QueueCall[] = [];
  const told: string[] = [];
  const ask = (call: QueueCall, handles: readonly string[]): Promise<EntryOutcome[]> => {
    calls.push(call);
    return options.answer?.(call, handles) ?? Promise.resolve(taken(handles));
  };
  const queue = {
    delete: (handles) => ask(['delete', ...handles], handles),
    changeVisibility: (changes) =>
      ask(
        ['change', ...changes.map((one) => `${one.receiptHandle} ${one.visibilityTimeoutS}`)],
        changes.map(({ receiptHandle }) => receiptHandle),
      ),
  } satisfies Partial<BrokerQueue> as unknown as BrokerQueue;
  const noting: TransportObserver = {
    failed: ({ action }) => void told.push(`failed ${action}`),
    leaseLost: ({ queue: name }) => void told.push(`lost of ${name}`),
    deleteFailed: ({ queue: name }) => void told.push(`not deleted of ${name}`),
    acknowledged: ({ messages }) => void told.push(`acknowledged ${messages}`),
  };
  const outage = new OutageLog(
    {
      warn: (text: string) => void told.push(text),
      log: (text: string) => void told.push(text),
    },
    clock,
    'A call',
  );
  const leases = new LeaseRegistry({
    visibilityMs: VISIBILITY_MS,
    maxLeaseMs: 3600_000,
    onLost: () => undefined,
  });
  const shared = { queue, clock, realTime: clock, outage, slowest: new SlowestCall(clock) };
  const acknowledger = new Acknowledger({ ...shared, lingerMs: 0 });
  const visibility = new VisibilityChanger(shared);
  const { deadLetters } = options;
  const settlement = new Settlement({
    queue: 'jobs',
    leases,
    acknowledger,
    visibility,
    deadLetters: deadLetters && new DeadLetterQueue({ ...queue, send: deadLetters }, 'jobs', false),
    retry: options.retry ?? {},
    clock,
    realTime: clock,
    onPermanentError: options.onPermanentError ?? 'deadLetter',
    onFailure: options.onFailure,
    maxReceiveCount: options.maxReceiveCount,
    observer: options.observer === 'none' ? undefined : (options.observer ?? noting),
  });
  /** The message as it was received now, for the so-manieth time. */
  const take = (id: string, receiveCount = 1): Lease => {
    const received = message(id, { ApproximateReceiveCount: String(receiveCount) });
    const lease = leases.take(
      { ...received, ReceiptHandle: id },
      clock.monotonicMs(),
      clock.monotonicMs(),
    );
    if (!lease) throw new Error('not taken');
    return lease;
  };
  /** Lets time pass until the work has ended. */
  const ended = async <T>(work: Promise<T>): Promise<T> => {
    let open = true;
    const closed = work.finally(() => (open = false));
    closed.catch(() => undefined);
    for (let turns = 0; open && turns < 5000; turns += 1) await clock.advance(STEP_MS);
    return closed;
  };
  /** Lets so many milliseconds pass, step by step, so that what is done meanwhile sets its timers in time. */
  const pass = async (ms: number): Promise<void> => {
    for (let step = 0; step < ms; step += STEP_MS)
      await clock.advance(Math.min(STEP_MS, ms - step));
  };
  /** What the dispatcher does with the rest of the message's FIFO group, by what settling it says. */
  const group = async (work: Promise<boolean>): Promise<'goes on' | 'stops'> =>
    (await ended(work)) ? 'goes on' : 'stops';
  return {
    clock,
    calls,
    told,
    leases,
    acknowledger,
    visibility,
    settlement,
    take,
    ended,
    pass,
    group,
  };
}

/** What waits behind a message of a FIFO group. */
export function behind(...leases: Lease[]): Followers {
  return { waiting: leases, take: () => leases.splice(0) };
}
