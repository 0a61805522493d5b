import { MemoryQueue } from '../../src/transport/broker/memory/memory.queue.js';
import { MemoryIdempotencyStore } from '../../src/transport/idempotency/index.js';
import type { SnsSqsServerOptions } from '../../src/transport/index.js';
import type { FifoFailurePolicy } from '../../src/transport/topology/index.js';
import { seeded } from '../support/seeded.js';
import { Judge, type Verdict } from './judge.js';
import { ProcessClock } from './process-clock.js';
import { withSeed } from './seeded-random.js';
import { SimulatedClock } from './simulated-clock.js';
import { simulatedProcess, type SimulatedProcess } from './simulated-process.js';
import { UnreliableQueue, type Trouble } from './unreliable.queue.js';

export interface SceneOptions {
  readonly seed: number;
  readonly messages: number;
  /** FIFO groups; none for a standard queue. */
  readonly groups?: number | undefined;
  readonly onFailure?: FifoFailurePolicy | undefined;
  readonly maxReceiveCount?: number;
  readonly visibilityTimeoutS?: number;
  /** Milliseconds of a handler at most. */
  readonly workMs?: number;
  /** Handlers that fail at a first try, as a share. */
  readonly failing?: number;
  readonly trouble?: Omit<Trouble, 'random'>;
  readonly server?: Partial<SnsSqsServerOptions>;
  /** Whether the processes share an idempotency store. */
  readonly store?: boolean;
  /** When a process is closed and the next one started, in milliseconds. */
  readonly closings?: readonly number[];
  /** When the first process stands still, and for how long, while a second one works; and how long it has been closing by then. */
  readonly freeze?: { readonly atMs: number; readonly forMs: number; readonly closingMs?: number };
  /** When somebody sets the clock, and by how much. */
  readonly clockSet?: { readonly atMs: number; readonly byMs: number };
  /** How many messages are sent at a time, and how many milliseconds apart. */
  readonly burst?: { readonly size: number; readonly everyMs: number };
}

export interface Outcome extends Verdict {
  /** Messages that a process had not settled when it had closed. */
  readonly stranded: readonly number[];
  /** Left on the queue at the end. */
  readonly left: number;
}

/** Longer than any back-off or lease of a scene. */
const PATIENCE_MS = 30 * 60_000;
const DRAIN_MS = 25_000;
const BACK_OFF_CAP_S = 2;

/** One run of jobs through a queue in memory: the same for a seed, byte for byte. */
export function play(options: SceneOptions): Promise<Outcome> {
  return withSeed(options.seed + 1, () => run(options));
}

async function run(options: SceneOptions): Promise<Outcome> {
  const { seed, groups, closings = [], trouble = {}, visibilityTimeoutS = 30, freeze } = options;
  const random = seeded(seed);
  const world = new SimulatedClock();
  const fifo = groups !== undefined;
  const { maxReceiveCount = 5, workMs = 40, failing = 0, onFailure } = options;
  const kind = { FifoQueue: String(fifo) };
  const dead = new MemoryQueue({ clock: world, attributes: kind });
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'dead', maxReceiveCount });
  const queue = new MemoryQueue({
    clock: world,
    attributes: { ...kind, RedrivePolicy },
    queueOf: () => dead,
  });
  const judge = new Judge(queue, dead, world, groups);
  const store = options.store ? new MemoryIdempotencyStore() : undefined;

  const start = (): SimulatedProcess => {
    const clock = new ProcessClock(world, random);
    const process = simulatedProcess({
      clock,
      queue: (id) =>
        new UnreliableQueue(judge.watched(queue, id, clock), world, { random, ...trouble }),
      deadLetters: dead,
      fifo,
      onFailure,
      visibilityTimeoutS,
      maxReceiveCount,
      workMs: () => random() * workMs,
      fails: (tries) => tries === 1 && random() < failing,
      judge,
      server: {
        waitTimeS: 20,
        retry: { baseS: 1, capS: BACK_OFF_CAP_S },
        ...(store && { idempotency: { store } }),
        ...options.server,
      },
    });
    process.consumer.start();
    return process;
  };

  let sent = 0;
  const { size, everyMs } = options.burst ?? { size: options.messages, everyMs: 0 };
  const burst = (): void => {
    for (const end = Math.min(options.messages, sent + size); sent < end; sent += 1)
      void queue.send({
        body: JSON.stringify({ pattern: 'job.run', data: { job: sent } }),
        attributes: {},
        ...(fifo && { group: `g${sent % groups}`, deduplicationId: `${sent}` }),
      });
    if (sent < options.messages) world.after(everyMs, burst);
  };
  const processes = [start()];
  burst();
  if (freeze) {
    processes.push(start());
    world.after(freeze.atMs, () => processes[0]?.clock.freeze(freeze.forMs));
  }
  const closing = new Set<SimulatedProcess>();
  const { clockSet } = options;
  if (clockSet) world.after(clockSet.atMs, () => void (world.wallAheadMs += clockSet.byMs));
  let closed = 0;
  const stranded: number[] = [];
  const close = async (process: SimulatedProcess): Promise<void> => {
    const { consumer, id } = process;
    closing.add(process);
    await consumer.drain(DRAIN_MS);
    closed += 1;
    stranded.push(...judge.invisible(id, BACK_OFF_CAP_S * 1000));
  };
  // As in a rolling deployment.
  for (const atMs of closings)
    world.after(atMs, async () => {
      const before = processes.at(-1);
      processes.push(start());
      if (before) await close(before);
    });
  const { closingMs } = freeze ?? {};
  const [first] = processes;
  if (freeze && first && closingMs !== undefined)
    world.after(Math.max(0, freeze.atMs - closingMs), () => close(first));
  const closes = closings.length + Number(closingMs !== undefined);
  const settled = (): boolean =>
    sent === options.messages && closed === closes && queue.messages.length === 0;
  await world.runUntil(settled, PATIENCE_MS);
  const open = processes.filter((process) => !closing.has(process));
  for (const process of open) void close(process);
  await world.runUntil(() => closed === closes + open.length, PATIENCE_MS);
  return { ...judge.verdict(options.messages), stranded, left: queue.messages.length };
}
